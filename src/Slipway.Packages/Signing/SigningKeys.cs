using System.Text.Json;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>What a key is for at a moment.</summary>
public enum SigningKeyState
{
    /// <summary>Published, and signs indexes beside the signing key, so that clients can learn it before it signs alone.</summary>
    Next,

    /// <summary>Signs everything.</summary>
    Signing,

    /// <summary>Was the signing key; still signs indexes beside it, for clients that know no other yet.</summary>
    Previous,

    /// <summary>Signs nothing; still published, so that what it signed can be checked.</summary>
    Retired,

    /// <summary>Signs nothing and is not published.</summary>
    Withdrawn,
}

/// <summary>One OpenPGP key of the signer.</summary>
/// <param name="Created">Seconds since 1970.</param>
/// <param name="SignsFrom">When it takes over; seconds since 1970.</param>
public sealed record SigningKey(string Fingerprint, long Created, long SignsFrom, SigningKeyState State);

/// <summary>The keys and what was decided about them, beside the GnuPG home that holds their secret halves.</summary>
internal sealed class SigningKeys(string file)
{
    private sealed record Row(string Fingerprint, long Created, long SignsFrom, bool Retired, bool Withdrawn);

    private List<Row> _rows = Read(file);

    public bool IsEmpty => _rows.Count == 0;

    /// <summary>In the order in which they sign or signed.</summary>
    public IReadOnlyList<SigningKey> At(long now)
    {
        var signing = _rows.Where(row => !row.Retired && row.SignsFrom <= now).MaxBy(row => row.SignsFrom);
        return [.. _rows.OrderBy(row => row.SignsFrom).Select(row => new SigningKey(row.Fingerprint, row.Created, row.SignsFrom,
            row.Withdrawn ? SigningKeyState.Withdrawn : row.Retired ? SigningKeyState.Retired : row == signing ? SigningKeyState.Signing
            : row.SignsFrom > now ? SigningKeyState.Next : SigningKeyState.Previous))];
    }

    public void Add(string fingerprint, long created, long signsFrom) => Write([.. _rows, new(fingerprint, created, signsFrom, false, false)]);

    public void Retire(string fingerprint, bool withdraw, long now)
    {
        var key = At(now).FirstOrDefault(key => key.Fingerprint == fingerprint)
            ?? throw new SlipwayException($"key {fingerprint}", "there is none of that fingerprint", "slipway keys list");
        if (key.State is SigningKeyState.Signing) throw new SlipwayException($"key {fingerprint}", "it is the one that signs", "slipway keys rotate first");
        Write([.. _rows.Select(row => row.Fingerprint == fingerprint ? row with { Retired = true, Withdrawn = row.Withdrawn || withdraw } : row)]);
    }

    private void Write(List<Row> rows)
    {
        AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(rows), 0x180);
        _rows = rows;
    }

    private static List<Row> Read(string file) => File.Exists(file) ? JsonSerializer.Deserialize<List<Row>>(File.ReadAllBytes(file)) ?? [] : [];
}
