using System.Text.RegularExpressions;
using Slipway.Sandbox;

namespace Slipway.Packages.Tests.Clients;

/// <summary>pacman with a repository's ready snippet, a keyring of its own and a scratch root.</summary>
internal sealed class PacmanClient : IDisposable
{
    private readonly TempDirectory _temp;

    public PacmanClient(TempDirectory temp, string snippet)
    {
        _temp = temp;
        foreach (var made in new[] { "root/var/lib/pacman", "cache", "gpg", "hooks" }) Directory.CreateDirectory(temp[made]);
        File.SetUnixFileMode(temp["gpg"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(temp["pacman.conf"], "[options]\nArchitecture = x86_64\nSigLevel = Required\n" + snippet);
        Tool.Run("pacman-key", [.. Keyring, "--init"]);
    }

    private string[] Keyring => ["--gpgdir", _temp["gpg"], "--config", _temp["pacman.conf"]];

    public void Trust(string keyFile)
    {
        Tool.Run("pacman-key", [.. Keyring, "--add", keyFile]);
        foreach (Match key in Regex.Matches(Tool.Run("gpg", "--homedir", _temp["gpg"], "--with-colons", "--show-keys", keyFile), "fpr:+([0-9A-F]{40}):"))
            Tool.Run("pacman-key", [.. Keyring, "--lsign-key", key.Groups[1].Value]);
    }

    public ChildResult Try(params string[] verb) => Tool.Try("pacman",
        ["-r", _temp["root"], "--config", _temp["pacman.conf"], "--gpgdir", _temp["gpg"], "--cachedir", _temp["cache"], "--hookdir", _temp["hooks"], "--logfile", _temp["pacman.log"], "--noconfirm", .. verb]);

    public void Run(params string[] verb)
    {
        var result = Try(verb);
        Assert.True(result.Succeeded, result.Text);
    }

    public void Dispose() => Tool.Try("gpgconf", "--homedir", _temp["gpg"], "--kill", "all");
}
