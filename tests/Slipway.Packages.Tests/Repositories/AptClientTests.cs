using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;

namespace Slipway.Packages.Tests.Repositories;

public sealed class AptClientTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose() => _repositories.Dispose();

    [Fact]
    public void Apt_installs_from_the_repository_with_signatures_checked()
    {
        var snapshot = _repositories.Publish("harbor/bookworm",
            RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0"), RealPackages.Deb(_repositories.Temp, "hello-all", "2.0", architecture: "all", extra: "Depends: hello-slipway (>= 1.0)\n"));
        var options = Client(snapshot.Repository);
        Tool.Run("apt-get", [.. options, "update"]);
        Tool.Run("apt-get", [.. options, "install", "-y", "--no-install-recommends", "hello-all"]);
        Assert.Equal("hello\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
        Assert.True(File.Exists(_repositories.Temp["root", "usr/share/hello-all/text"]));
    }

    [Fact]
    public void Apt_follows_to_the_next_snapshot()
    {
        var options = Client(_repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0")).Repository);
        Tool.Run("apt-get", [.. options, "update"]);
        _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.1", "new\n"));
        Tool.Run("apt-get", [.. options, "update"]);
        Tool.Run("apt-get", [.. options, "install", "-y", "hello-slipway"]);
        Assert.Equal("new\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    [Fact]
    public void Apt_refuses_a_changed_index()
    {
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0"));
        var options = Client(snapshot.Repository);
        var release = Path.Combine(snapshot.Path, "dists/bookworm/InRelease");
        Tool.Flip(release, File.ReadAllText(release).IndexOf("Suite:", StringComparison.Ordinal) + 8);
        File.Delete(Path.Combine(snapshot.Path, "dists/bookworm/Release.gpg"));
        var update = Tool.Try("apt-get", [.. options, "update"]);
        Assert.False(update.Succeeded);
        Assert.Contains("BADSIG", update.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Apt_refuses_a_changed_package()
    {
        var snapshot = _repositories.Publish("harbor/bookworm", RealPackages.Deb(_repositories.Temp, "hello-slipway", "1.0"));
        var options = Client(snapshot.Repository);
        Tool.Run("apt-get", [.. options, "update"]);
        Tool.Flip(Path.Combine(snapshot.Path, "pool/hello-slipway/hello-slipway_1.0_amd64.deb"), -5);
        var install = Tool.Try("apt-get", [.. options, "install", "-y", "hello-slipway"]);
        Assert.False(install.Succeeded);
        Assert.Contains("Hash Sum mismatch", install.Text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_repositories.Temp["root", "usr/share/hello-slipway"]));
    }

    /// <summary>An apt of its own: the repository's ready .sources file, private state, and a scratch root.</summary>
    private string[] Client(RepositoryId id)
    {
        var temp = _repositories.Temp;
        foreach (var made in new[] { "apt/etc/sources.list.d", "apt/etc/preferences.d", "apt/etc/apt.conf.d", "apt/etc/trusted.gpg.d", "apt/state/lists/partial", "apt/cache/archives/partial", "root/var/lib/dpkg/updates", "root/var/lib/dpkg/info", "root/var/lib/dpkg/triggers" })
            Directory.CreateDirectory(temp[made]);
        File.WriteAllText(temp["root/var/lib/dpkg/status"], "");
        File.WriteAllText(temp["root/var/lib/dpkg/available"], "");
        File.Copy(Path.Combine(_repositories.Store.PathOf(id), $"{id.Word}-{id.Dist}.sources"), temp["apt/etc/sources.list.d/harbor.sources"]);
        // apt's own user must be able to read below the test's directory.
        for (var directory = temp.Path; directory != "/tmp"; directory = Path.GetDirectoryName(directory)!) File.SetUnixFileMode(directory, (UnixFileMode)0x1ed);
        (string, string)[] settings =
        [
            ("Dir::Etc", temp["apt/etc"]), ("Dir::State", temp["apt/state"]), ("Dir::Cache", temp["apt/cache"]),
            ("Dir::State::status", temp["root/var/lib/dpkg/status"]), ("Dir::Log", temp["apt"]), ("APT::Architecture", "amd64"),
            ("APT::Architectures", "amd64"), ("Debug::NoLocking", "true"), ("DPkg::Post-Invoke", ""), ("Acquire::Languages", "none"), ("APT::Update::Error-Mode", "any"),
            ("DPkg::Options::", $"--root={temp["root"]}"), ("DPkg::Options::", "--force-not-root"), ("DPkg::Options::", "--log=/dev/null"),
        ];
        File.WriteAllText(temp["apt/apt.conf"], string.Concat(settings.Select(setting => $"{setting.Item1} \"{setting.Item2}\";\n")) + "#clear DPkg::Post-Invoke;\n#clear APT::Update::Post-Invoke;\n#clear DPkg::Pre-Install-Pkgs;\n#clear DPkg::Pre-Invoke;\n");
        return ["-c", temp["apt/apt.conf"]];
    }
}
