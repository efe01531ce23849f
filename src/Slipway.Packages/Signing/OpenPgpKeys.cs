using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>The OpenPGP signing keys: made and kept by GnuPG, held here for as long as the signer lives.</summary>
internal sealed class OpenPgpKeys
{
    private readonly GnuPgHome _home;
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly SigningKeys _keys;
    private readonly Dictionary<string, OpenPgpSecretKey> _secrets = new(StringComparer.Ordinal);

    private OpenPgpKeys(string home, TimeProvider clock)
    {
        _home = new(home);
        _clock = clock;
        _keys = new(home + ".json");
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
        var keys = new OpenPgpKeys(home, clock);
        if (keys._keys.IsEmpty)
        {
            // A signer that died while it made its first key may have left one.
            var (fingerprint, created) = keys._home.List(cancellation) is [var left, ..] ? left : keys._home.Make(cancellation);
            keys._keys.Add(fingerprint, created, 0);
        }
        keys.Load(cancellation);
        return keys;
    }

    public byte[] Sign(SigningKind kind, string file, long time)
    {
        var text = kind == SigningKind.ClearText ? File.ReadAllBytes(file) : [];
        byte[] packets = [.. Signers(kind).SelectMany(signer =>
        {
            using var content = kind == SigningKind.ClearText ? OpenPgpSignature.Canonical(text) : File.OpenRead(file);
            // RSA signatures carry no random part: the same content and time give the same bytes. A time before a key's own would not verify.
            return OpenPgpSignature.Packet(kind == SigningKind.ClearText ? OpenPgpSignature.Of.Text : OpenPgpSignature.Of.Document, content, signer.Key.Fingerprint, Math.Max(time, signer.Key.Created), signer.Secret.Sign);
        })];
        return kind switch
        {
            SigningKind.ClearText => OpenPgpSignature.ClearSigned(text, packets),
            SigningKind.DetachedArmored => OpenPgpSignature.Armored(packets),
            _ => packets,
        };
    }

    /// <summary>Makes a key that is published at once and takes over at the given time.</summary>
    public void Rotate(long signsFrom, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_keys.At(Now).FirstOrDefault(key => key.State == SigningKeyState.Next) is { } next)
                throw new SlipwayException("rotate the signing key", $"{next.Fingerprint} is about to take over already", $"slipway keys retire {next.Fingerprint}");
            var (fingerprint, created) = _home.Make(cancellation);
            _keys.Add(fingerprint, created, Math.Max(signsFrom, Now));
            Load(cancellation);
        }
    }

    public void Retire(string fingerprint, bool withdraw, CancellationToken cancellation)
    {
        lock (_lock)
        {
            _keys.Retire(fingerprint, withdraw, Now);
            Load(cancellation);
        }
    }

    // apt and dnf take an index when one of its signatures is by a key they trust; pacman wants all of them good, and an rpm header has room for one.
    private (SigningKey Key, OpenPgpSecretKey Secret)[] Signers(SigningKind kind)
    {
        lock (_lock)
        {
            var alive = _keys.At(Now).Where(IsAlive).OrderByDescending(key => key.State == SigningKeyState.Signing).Select(key => (key, _secrets[key.Fingerprint])).ToArray();
            return kind is SigningKind.ClearText or SigningKind.DetachedArmored ? alive : alive[..1];
        }
    }

    private static bool IsAlive(SigningKey key) => key.State is SigningKeyState.Signing or SigningKeyState.Previous or SigningKeyState.Next;

    private void Load(CancellationToken cancellation)
    {
        var keys = _keys.At(Now);
        foreach (var key in keys)
        {
            if (!IsAlive(key)) _secrets.Remove(key.Fingerprint);
            else if (!_secrets.ContainsKey(key.Fingerprint)) _secrets[key.Fingerprint] = _home.ExportSecret(key.Fingerprint, cancellation);
        }
        PublicKeys = _home.ExportPublic(keys.Where(key => key.State != SigningKeyState.Withdrawn).Select(key => key.Fingerprint), cancellation);
    }
}
