using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Signing;

/// <summary>The OpenPGP signing keys in a GnuPG home of its own, with the agent that holds them for as long as this object lives.</summary>
internal sealed class OpenPgpKeys : IDisposable
{
    private const string UserId = "Slipway signing key";
    private readonly string _home;
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly SigningKeys _keys;
    private Child _agent;

    private OpenPgpKeys(string home, TimeProvider clock)
    {
        _home = home;
        _clock = clock;
        _keys = new(home + ".json");
        _agent = StartAgent();
    }

    /// <summary>Everything that clients may have to check, in one block.</summary>
    public byte[] PublicKeys { get; private set; } = [];

    public IReadOnlyList<SigningKey> All
    {
        get
        {
            lock (_lock) return _keys.At(Now);
        }
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    public static OpenPgpKeys Open(string home, TimeProvider clock, CancellationToken cancellation)
    {
        // The agent's socket is in the home, and a unix socket's address has 108 bytes.
        if (Encoding.UTF8.GetByteCount(home) > 85)
            throw new SlipwayException($"GnuPG home {home}", "the path is longer than a socket address allows (85 bytes)", "a data directory with a shorter path");
        Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AtomicFile.Write(Path.Combine(home, "gpg-agent.conf"), "disable-scdaemon\n"u8, 0x180);
        var key = new OpenPgpKeys(home, clock);
        try
        {
            key.WaitForAgent(cancellation);
            key.Load(cancellation);
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
        var signers = Signers(kind);
        // RSA signatures carry no random part: the same content and time give the same bytes. A time before a key's own would not verify.
        var stated = Math.Max(time, signers.Max(key => key.Created)).ToString(CultureInfo.InvariantCulture);
        string[] by = [.. signers.SelectMany(key => new[] { "--local-user", key.Fingerprint + "!" })];
        ChildResult Once() => Gpg(["--faked-system-time", stated + "!", "--digest-algo", "SHA256", .. by, "--output", "-", .. mode, "--", file], cancellation);
        var result = Once();
        if (!result.Succeeded)
        {
            ReviveAgent(cancellation);
            result = Once();
        }
        return result.Require($"signing with key {signers[0].Fingerprint}").Output;
    }

    /// <summary>Makes a key that is published at once and takes over at the given time.</summary>
    public void Rotate(long signsFrom, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_keys.At(Now).FirstOrDefault(key => key.State == SigningKeyState.Next) is { } next)
                throw new SlipwayException("rotate the signing key", $"{next.Fingerprint} is about to take over already", $"slipway keys retire {next.Fingerprint}");
            Make(Math.Max(signsFrom, Now), cancellation);
            Export(cancellation);
        }
    }

    public void Retire(string fingerprint, bool withdraw, CancellationToken cancellation)
    {
        lock (_lock)
        {
            _keys.Retire(fingerprint, withdraw, Now);
            Export(cancellation);
        }
    }

    // apt and dnf take an index when one of its signatures is by a key they trust; pacman wants all of them good, and an rpm header has room for one.
    private SigningKey[] Signers(SigningKind kind)
    {
        var alive = All.Where(key => key.State is SigningKeyState.Signing or SigningKeyState.Previous or SigningKeyState.Next).OrderByDescending(key => key.State == SigningKeyState.Signing).ToArray();
        return kind is SigningKind.ClearText or SigningKind.DetachedArmored ? alive : alive[..1];
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

    private void Load(CancellationToken cancellation)
    {
        if (_keys.IsEmpty)
        {
            // A signer that died while it made its first key may have left one.
            if (Listed(cancellation) is [var (fingerprint, created), ..]) _keys.Add(fingerprint, created, 0);
            else Make(0, cancellation);
        }
        Export(cancellation);
    }

    private void Make(long signsFrom, CancellationToken cancellation)
    {
        var before = Listed(cancellation).Select(key => key.Fingerprint).ToHashSet();
        // RSA: every rpm, dnf, apt and pacman in use verifies it; EdDSA only those of the last few years do.
        Gpg(["--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", before.Count == 0 ? UserId : $"{UserId} {before.Count + 1}", "rsa4096", "sign", "never"], cancellation)
            .Require("making an OpenPGP signing key");
        var made = Listed(cancellation).Where(key => !before.Contains(key.Fingerprint)).ToList();
        if (made.Count != 1) throw new SlipwayException($"GnuPG home {_home}", "the key that was just made is not listed");
        _keys.Add(made[0].Fingerprint, made[0].Created, signsFrom);
    }

    private void Export(CancellationToken cancellation)
    {
        var published = _keys.At(Now).Where(key => key.State != SigningKeyState.Withdrawn).Select(key => key.Fingerprint);
        PublicKeys = Gpg(["--armor", "--export-options", "export-minimal", "--export", .. published], cancellation).Require("exporting the public keys").Output;
    }

    private List<(string Fingerprint, long Created)> Listed(CancellationToken cancellation)
    {
        var list = Gpg(["--with-colons", "--fixed-list-mode", "--list-secret-keys"], cancellation).Require("listing the signing keys");
        var lines = Encoding.UTF8.GetString(list.Output).Split('\n').Select(line => line.Split(':')).ToList();
        return [.. lines.Index().Where(line => line.Item[0] == "sec")
            .Select(line => (lines.Skip(line.Index).First(fields => fields[0] == "fpr")[9], long.Parse(line.Item[5], CultureInfo.InvariantCulture)))];
    }

    private ChildResult Gpg(string[] arguments, CancellationToken cancellation) => ChildProcess.Run(
        new ChildCommand("gpg", ["--homedir", _home, "--no-options", "--batch", "--quiet", "--no-autostart", "--no-auto-check-trustdb", "--no-tty", .. arguments])
        {
            MaxOutputBytes = SignerProtocol.MaxReplyBytes,
        },
        cancellation);
}
