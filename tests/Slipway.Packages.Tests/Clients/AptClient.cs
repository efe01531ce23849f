using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Clients;

/// <summary>An apt of its own: a repository's ready .sources file, private state, and a scratch root.</summary>
internal sealed class AptClient
{
    private readonly string[] _options;

    public AptClient(TempDirectory temp, string sources)
    {
        foreach (var made in new[] { "apt/etc/sources.list.d", "apt/etc/preferences.d", "apt/etc/apt.conf.d", "apt/etc/trusted.gpg.d", "apt/state/lists/partial", "apt/cache/archives/partial", "root/var/lib/dpkg/updates", "root/var/lib/dpkg/info", "root/var/lib/dpkg/triggers" })
            Directory.CreateDirectory(temp[made]);
        File.WriteAllText(temp["root/var/lib/dpkg/status"], "");
        File.WriteAllText(temp["root/var/lib/dpkg/available"], "");
        File.WriteAllText(temp["apt/etc/sources.list.d/harbor.sources"], sources);
        // apt's own user must be able to read below the test's directory.
        for (var directory = temp.Path; directory != "/tmp"; directory = Path.GetDirectoryName(directory)!) File.SetUnixFileMode(directory, (UnixFileMode)0x1ed);
        (string, string)[] settings =
        [
            ("Dir::Etc", temp["apt/etc"]), ("Dir::State", temp["apt/state"]), ("Dir::Cache", temp["apt/cache"]),
            ("Dir::State::status", temp["root/var/lib/dpkg/status"]), ("Dir::Log", temp["apt"]), ("APT::Architecture", "amd64"),
            ("APT::Architectures", "amd64"), ("Debug::NoLocking", "true"), ("APT::Sandbox::User", "root"), ("DPkg::Post-Invoke", ""), ("Acquire::Languages", "none"), ("APT::Update::Error-Mode", "any"),
            ("DPkg::Options::", $"--root={temp["root"]}"), ("DPkg::Options::", "--force-not-root"), ("DPkg::Options::", "--log=/dev/null"),
        ];
        File.WriteAllText(temp["apt/apt.conf"], string.Concat(settings.Select(setting => $"{setting.Item1} \"{setting.Item2}\";\n")) + "#clear DPkg::Post-Invoke;\n#clear APT::Update::Post-Invoke;\n#clear DPkg::Pre-Install-Pkgs;\n#clear DPkg::Pre-Invoke;\n");
        _options = ["-c", temp["apt/apt.conf"]];
    }

    public ChildResult Try(params string[] verb) => Tool.Try("apt-get", [.. _options, "-y", "--no-install-recommends", .. verb]);

    public void Run(params string[] verb)
    {
        var result = Try(verb);
        Assert.True(result.Succeeded, result.Text);
    }
}
