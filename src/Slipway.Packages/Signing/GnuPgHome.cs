using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Signing;

/// <summary>The GnuPG home where signing keys are made and kept. GnuPG's agent runs only while it is asked for something.</summary>
internal sealed class GnuPgHome
{
    private const string UserId = "Slipway signing key";
    private readonly string _home;

    public GnuPgHome(string home)
    {
        // The agent's socket may be in the home, and a unix socket's address has 108 bytes.
        if (Encoding.UTF8.GetByteCount(home) > 85)
            throw new SlipwayException($"GnuPG home {home}", "the path is longer than a socket address allows (85 bytes)", "a data directory with a shorter path");
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AtomicFile.Write(Path.Combine(home, "gpg-agent.conf"), "disable-scdaemon\n"u8, 0x180);
        _home = home;
    }

    /// <summary>The keys there are, with the seconds since 1970 when each was made.</summary>
    public IReadOnlyList<(string Fingerprint, long Created)> List(CancellationToken cancellation) => WithAgent(() => Listed(cancellation), cancellation);

    public (string Fingerprint, long Created) Make(CancellationToken cancellation) => WithAgent(() =>
    {
        var before = Listed(cancellation).Select(key => key.Fingerprint).ToHashSet();
        // RSA: every rpm, dnf, apt and pacman in use verifies it; EdDSA only those of the last few years do.
        Gpg(["--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", before.Count == 0 ? UserId : $"{UserId} {before.Count + 1}", "rsa4096", "sign", "never"], cancellation)
            .Require("making an OpenPGP signing key");
        var made = Listed(cancellation).Where(key => !before.Contains(key.Fingerprint)).ToList();
        return made.Count == 1 ? made[0] : throw new SlipwayException($"GnuPG home {_home}", "the key that was just made is not listed");
    }, cancellation);

    /// <summary>The public halves of these keys in one armoured block.</summary>
    public byte[] ExportPublic(IEnumerable<string> fingerprints, CancellationToken cancellation) =>
        Gpg(["--armor", "--export-options", "export-minimal", "--export", .. fingerprints], cancellation).Require("exporting the public keys").Output;

    public OpenPgpSecretKey ExportSecret(string fingerprint, CancellationToken cancellation) => WithAgent(() => OpenPgpSecretKey.Read(
        Gpg(["--pinentry-mode", "loopback", "--passphrase", "", "--export-secret-keys", fingerprint + "!"], cancellation).Require($"reading key {fingerprint}").Output, fingerprint), cancellation);

    private List<(string Fingerprint, long Created)> Listed(CancellationToken cancellation)
    {
        var list = Gpg(["--with-colons", "--fixed-list-mode", "--list-secret-keys"], cancellation).Require("listing the signing keys");
        var lines = Encoding.UTF8.GetString(list.Output).Split('\n').Select(line => line.Split(':')).ToList();
        return [.. lines.Index().Where(line => line.Item[0] == "sec")
            .Select(line => (lines.Skip(line.Index).First(fields => fields[0] == "fpr")[9], long.Parse(line.Item[5], CultureInfo.InvariantCulture)))];
    }

    // An agent with a command line lives as long as the command; the command dies with us, so even after kill -9 no agent stays.
    private T WithAgent<T>(Func<T> act, CancellationToken cancellation)
    {
        var agent = StartAgent();
        try
        {
            for (var attempt = 1; AgentAnswers(cancellation) is { } why; attempt++)
            {
                if (attempt == 400) throw new SlipwayException($"gpg-agent in {_home}", "it does not answer: " + why, "gpg-agent --homedir " + _home + " --daemon");
                cancellation.WaitHandle.WaitOne(50);
                cancellation.ThrowIfCancellationRequested();
                // A fresh agent was seen to die before it answered, on a machine busy with others that started: it is tried anew.
                if (attempt % 40 != 0) continue;
                agent.Dispose();
                agent = StartAgent();
            }
            return act();
        }
        finally
        {
            ChildProcess.Run(new ChildCommand("gpgconf", "--homedir", _home, "--kill", "gpg-agent") { Timeout = TimeSpan.FromSeconds(5) }, CancellationToken.None);
            agent.Dispose();
        }
    }

    private Child StartAgent() =>
        ChildProcess.Start(new ChildCommand("gpg-agent", "--homedir", _home, "--quiet", "--daemon", "--", "sleep", "infinity") { DieWithParent = true });

    /// <summary>Null when it does, else what was said instead.</summary>
    private string? AgentAnswers(CancellationToken cancellation)
    {
        var ping = ChildProcess.Run(new ChildCommand("gpg-connect-agent", "--homedir", _home, "--no-autostart", "GETINFO version", "/bye"), cancellation);
        // gpg-connect-agent exits 0 without an agent too; only an answer counts.
        return ping.Succeeded && ping.Text.Contains("OK", StringComparison.Ordinal) ? null : ping.ErrorText.Trim();
    }

    private ChildResult Gpg(string[] arguments, CancellationToken cancellation) => ChildProcess.Run(
        new ChildCommand("gpg", ["--homedir", _home, "--no-options", "--batch", "--quiet", "--no-autostart", "--no-auto-check-trustdb", "--no-tty", .. arguments]), cancellation);
}
