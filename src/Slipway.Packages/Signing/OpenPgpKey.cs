using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Signing;

/// <summary>The OpenPGP signing key in a GnuPG home of its own, with the agent that holds it for as long as this object lives.</summary>
internal sealed class OpenPgpKey : IDisposable
{
    private const string UserId = "Slipway signing key";
    private readonly string _home;
    private readonly Lock _lock = new();
    private Child _agent;
    private string _fingerprint = "";
    private long _created;

    private OpenPgpKey(string home)
    {
        _home = home;
        _agent = StartAgent();
    }

    public byte[] PublicKey { get; private set; } = [];

    public static OpenPgpKey Open(string home, CancellationToken cancellation)
    {
        // The agent's socket is in the home, and a unix socket's address has 108 bytes.
        if (Encoding.UTF8.GetByteCount(home) > 85)
            throw new SlipwayException($"GnuPG home {home}", "the path is longer than a socket address allows (85 bytes)", "a data directory with a shorter path");
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AtomicFile.Write(Path.Combine(home, "gpg-agent.conf"), "disable-scdaemon\n"u8, 0x180);
        var key = new OpenPgpKey(home);
        try
        {
            key.WaitForAgent(cancellation);
            key.LoadOrMake(cancellation);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public byte[] Sign(SigningKind kind, string file, long time, CancellationToken cancellation)
    {
        string[] mode = kind switch
        {
            SigningKind.ClearText => ["--clear-sign"],
            SigningKind.DetachedArmored => ["--armor", "--detach-sign"],
            _ => ["--detach-sign"],
        };
        // RSA signatures carry no random part: the same content and time give the same bytes. A time before the key's own would not verify.
        var stated = Math.Max(time, _created).ToString(CultureInfo.InvariantCulture);
        ChildResult Once() => Gpg(["--faked-system-time", stated + "!", "--digest-algo", "SHA256", "--local-user", _fingerprint + "!", "--output", "-", .. mode, "--", file], cancellation);
        var result = Once();
        if (!result.Succeeded)
        {
            ReviveAgent(cancellation);
            result = Once();
        }
        return result.Require($"signing with key {_fingerprint}").Output;
    }

    public void Dispose()
    {
        ChildProcess.Run(new ChildCommand("gpgconf", "--homedir", _home, "--kill", "gpg-agent") { Timeout = TimeSpan.FromSeconds(5) });
        _agent.Dispose();
    }

    // An agent with a command line lives as long as the command; the command dies with us, so even after kill -9 no agent stays.
    private Child StartAgent() =>
        ChildProcess.Start(new ChildCommand("gpg-agent", "--homedir", _home, "--quiet", "--daemon", "--", "sleep", "infinity") { DieWithParent = true });

    private void ReviveAgent(CancellationToken cancellation)
    {
        lock (_lock)
        {
            // Another request may have found it dead first, and it lives again.
            if (AgentAnswers(cancellation) is null) return;
            _agent.Dispose();
            _agent = StartAgent();
            WaitForAgent(cancellation);
        }
    }

    private void WaitForAgent(CancellationToken cancellation)
    {
        for (var attempt = 0; AgentAnswers(cancellation) is { } why; attempt++)
        {
            // A fresh agent was seen to die before it answered, on a machine busy with others that started: it is tried anew.
            if (attempt % 40 == 39)
            {
                _agent.Dispose();
                _agent = StartAgent();
            }
            if (attempt == 400) throw new SlipwayException($"gpg-agent in {_home}", "it does not answer: " + why, "gpg-agent --homedir " + _home + " --daemon");
            cancellation.WaitHandle.WaitOne(50);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Null when it does, else what was said instead.</summary>
    private string? AgentAnswers(CancellationToken cancellation)
    {
        var ping = ChildProcess.Run(new ChildCommand("gpg-connect-agent", "--homedir", _home, "--no-autostart", "GETINFO version", "/bye"), cancellation);
        // gpg-connect-agent exits 0 without an agent too; only an answer counts.
        return ping.Succeeded && ping.Text.Contains("OK", StringComparison.Ordinal) ? null : ping.ErrorText.Trim();
    }

    private void LoadOrMake(CancellationToken cancellation)
    {
        if (!Find(cancellation))
        {
            // RSA: every rpm, dnf, apt and pacman in use verifies it; EdDSA only those of the last few years do.
            Gpg(["--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", UserId, "rsa4096", "sign", "never"], cancellation)
                .Require("making the OpenPGP signing key");
            if (!Find(cancellation)) throw new SlipwayException($"GnuPG home {_home}", "the key that was just made is not listed");
        }
        PublicKey = Gpg(["--armor", "--export-options", "export-minimal", "--export", _fingerprint], cancellation).Require("exporting the public key").Output;
    }

    private bool Find(CancellationToken cancellation)
    {
        var list = Gpg(["--with-colons", "--fixed-list-mode", "--list-secret-keys"], cancellation).Require("listing the signing keys");
        var lines = Encoding.UTF8.GetString(list.Output).Split('\n').Select(line => line.Split(':')).ToList();
        var key = lines.FindIndex(fields => fields[0] == "sec");
        if (key < 0) return false;
        _created = long.Parse(lines[key][5], CultureInfo.InvariantCulture);
        _fingerprint = lines.Skip(key).First(fields => fields[0] == "fpr")[9];
        return true;
    }

    private ChildResult Gpg(string[] arguments, CancellationToken cancellation) => ChildProcess.Run(
        new ChildCommand("gpg", ["--homedir", _home, "--no-options", "--batch", "--quiet", "--no-autostart", "--no-auto-check-trustdb", "--no-tty", .. arguments])
        {
            MaxOutputBytes = SignerProtocol.MaxReplyBytes,
        },
        cancellation);
}
