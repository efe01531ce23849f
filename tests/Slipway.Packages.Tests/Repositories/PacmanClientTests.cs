using System.Text.RegularExpressions;
using Slipway.Packages.Repositories;
using Slipway.Packages.Tests.Signing;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Repositories;

public sealed class PacmanClientTests(RunningSigner signer) : IDisposable
{
    private readonly TestRepositories _repositories = new(signer.Client);

    public void Dispose()
    {
        if (Directory.Exists(_repositories.Temp["gpg"])) Tool.Try("gpgconf", "--homedir", _repositories.Temp["gpg"], "--kill", "all");
        _repositories.Dispose();
    }

    [Fact]
    public void Pacman_installs_from_the_repository_with_required_signatures()
    {
        var snapshot = _repositories.Publish("harbor/sub/pacman",
            RealPackages.Pacman(_repositories.Temp, "hello-slipway", "1.0-1"), RealPackages.Pacman(_repositories.Temp, "hello-any", "1:2.0-1", architecture: "any", extra: "depend = hello-slipway>=1.0\n"));
        TrustKey(snapshot.Repository);
        var result = Pacman("-Sy", "hello-any");
        Assert.True(result.Succeeded, result.Text);
        Assert.Equal("hello\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
        result = Pacman("-Fy", "usr/share/hello-any/text");
        Assert.True(result.Succeeded, result.Text);
        _repositories.Publish("harbor/sub/pacman", RealPackages.Pacman(_repositories.Temp, "hello-slipway", "1.1-1", "new\n"));
        result = Pacman("-Syu");
        Assert.True(result.Succeeded, result.Text);
        Assert.Equal("new\n", File.ReadAllText(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    [Fact]
    public void Pacman_refuses_a_changed_index_a_changed_package_and_an_unknown_key()
    {
        var snapshot = _repositories.Publish("harbor/pacman", RealPackages.Pacman(_repositories.Temp, "hello-slipway", "1.0-1"));
        Configure(snapshot.Repository);
        Tool.Run("pacman-key", "--gpgdir", _repositories.Temp["gpg"], "--config", _repositories.Temp["pacman.conf"], "--init");
        Refused(Pacman("-Sy", "hello-slipway"), "key");
        TrustKey(snapshot.Repository);

        var package = Path.Combine(snapshot.Path, "x86_64/hello-slipway-1.0-1-x86_64.pkg.tar.zst");
        var sound = File.ReadAllBytes(package);
        Tool.Flip(package, -4);
        Refused(Pacman("-Sy", "hello-slipway"), "corrupted");
        File.Delete(package);
        File.WriteAllBytes(package, sound);

        Tool.Flip(Path.Combine(snapshot.Path, "x86_64/harbor.db"), 40);
        Refused(Pacman("-Syy", "hello-slipway"), "signature");
        Assert.False(File.Exists(_repositories.Temp["root", "usr/share/hello-slipway/text"]));
    }

    private static void Refused(ChildResult result, string because)
    {
        Assert.False(result.Succeeded, result.Text);
        Assert.Contains(because, result.Text, StringComparison.Ordinal);
    }

    private void Configure(RepositoryId id)
    {
        var temp = _repositories.Temp;
        foreach (var made in new[] { "root/var/lib/pacman", "cache", "gpg", "hooks" }) Directory.CreateDirectory(temp[made]);
        File.SetUnixFileMode(temp["gpg"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(temp["pacman.conf"], "[options]\nArchitecture = x86_64\nSigLevel = Required\n" + File.ReadAllText(Path.Combine(_repositories.Store.PathOf(id), $"{id.Word}-{id.Dist}.pacman.conf")));
    }

    private void TrustKey(RepositoryId id)
    {
        var temp = _repositories.Temp;
        Configure(id);
        var key = Path.Combine(_repositories.Store.PathOf(id), "repository.asc");
        string[] common = ["--gpgdir", temp["gpg"], "--config", temp["pacman.conf"]];
        var fingerprint = Regex.Match(Tool.Run("gpg", "--homedir", temp["gpg"], "--with-colons", "--show-keys", key), "fpr:+([0-9A-F]{40}):").Groups[1].Value;
        Tool.Run("pacman-key", [.. common, "--init"]);
        Tool.Run("pacman-key", [.. common, "--add", key]);
        Tool.Run("pacman-key", [.. common, "--lsign-key", fingerprint]);
    }

    private ChildResult Pacman(params string[] verb)
    {
        var temp = _repositories.Temp;
        return Tool.Try("pacman", ["-r", temp["root"], "--config", temp["pacman.conf"], "--gpgdir", temp["gpg"], "--cachedir", temp["cache"], "--hookdir", temp["hooks"], "--logfile", temp["pacman.log"], "--noconfirm", .. verb]);
    }
}
