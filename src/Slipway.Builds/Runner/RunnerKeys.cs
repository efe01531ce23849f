using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Dapper;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>A runner on another machine, as people see it.</summary>
/// <param name="State">invited, enrolled or revoked.</param>
public sealed record RunnerView(string Name, string State, DateTimeOffset Created, DateTimeOffset? Enrolled);

/// <summary>
/// Who may build from elsewhere. An admin makes a token that works once and not for long; the machine makes a key by itself, and the token is exchanged
/// for it. Only digests of either are kept. A key that is replaced works until its successor is used for the first time.
/// </summary>
public sealed partial class RunnerKeys(Database database)
{
    private const string KeyPrefix = "slr_", TokenPrefix = "sle_";
    private const int SecretBytes = 32;
    private static readonly TimeSpan TokenTime = TimeSpan.FromHours(1);

    /// <summary>Makes a key for this machine; it is never shown.</summary>
    public static string NewKey() => KeyPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>Invites a runner, also one that was revoked or has lost its key; returns the token, which is shown once.</summary>
    public string Invite(string name)
    {
        if (!Name().IsMatch(name)) throw new SlipwayException($"runner {name}", "a name has 1 to 64 letters, digits, dots and dashes", "the machine's host name") { Kind = FailureKind.Usage };
        var token = TokenPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        var until = Now + (long)TokenTime.TotalMilliseconds;
        database.Write(transaction => transaction.Connection!.Execute("""
            INSERT INTO builds_runner(name, token_hash, token_until, created) VALUES(@name, @hash, @until, @Now)
            ON CONFLICT(name) DO UPDATE SET token_hash = @hash, token_until = @until
            """, new { name, hash = Hash(token), until, Now }, transaction));
        return token;
    }

    /// <summary>Exchanges a token for a key; returns the runner's name, or null when the token is unknown, was used or is over.</summary>
    public string? Enrol(string token, string keyHash) => IsHash(keyHash) ? database.Write(transaction => transaction.Connection!.ExecuteScalar<string?>("""
        UPDATE builds_runner SET key_hash = @keyHash, next_hash = NULL, rotate = 0, token_hash = NULL, token_until = NULL, enrolled = @Now, revoked = NULL
        WHERE token_hash = @hash AND token_until > @Now RETURNING name
        """, new { keyHash, hash = Hash(token), Now }, transaction)) : null;

    /// <summary>Whose key it is; null when it is nobody's, or was revoked.</summary>
    public string? Check(string key)
    {
        if (!key.StartsWith(KeyPrefix, StringComparison.Ordinal) || key.Length > 200) return null;
        var hash = Hash(key);
        var (name, isNext) = database.Read(connection => connection.QueryFirstOrDefault<(string? Name, bool IsNext)>(
            "SELECT name, next_hash = @hash FROM builds_runner WHERE revoked IS NULL AND (key_hash = @hash OR next_hash = @hash)", new { hash }));
        // The machine shows that it has its new key: now the one before ends.
        if (isNext) database.Write(transaction => transaction.Connection!.Execute(
            "UPDATE builds_runner SET key_hash = next_hash, next_hash = NULL, rotate = 0 WHERE name = @name AND next_hash = @hash", new { name, hash }, transaction));
        return name;
    }

    /// <summary>Notes the key that follows.</summary>
    public void Replace(string name, string keyHash)
    {
        if (!IsHash(keyHash)) throw new SlipwayException($"runner {name}", "a key is replaced by the sha256 of its successor", "64 hexadecimal digits") { Kind = FailureKind.Usage };
        database.Write(transaction => transaction.Connection!.Execute("UPDATE builds_runner SET next_hash = @keyHash WHERE name = @name AND revoked IS NULL", new { name, keyHash }, transaction));
    }

    /// <summary>Wants a runner to make itself a new key; false when there is none of that name.</summary>
    public bool Rotate(string name) => database.Write(transaction => transaction.Connection!.Execute(
        "UPDATE builds_runner SET rotate = 1 WHERE name = @name AND revoked IS NULL AND key_hash IS NOT NULL", new { name }, transaction)) > 0;

    /// <summary>Whether the runner is to make itself a new key.</summary>
    public bool MustRotate(string name) => database.Read(connection => connection.ExecuteScalar<bool>("SELECT coalesce(max(rotate), 0) FROM builds_runner WHERE name = @name", new { name }));

    /// <summary>Ends a runner's key and token; false when there is none of that name.</summary>
    public bool Revoke(string name) => database.Write(transaction => transaction.Connection!.Execute(
        "UPDATE builds_runner SET revoked = @Now, key_hash = NULL, next_hash = NULL, token_hash = NULL WHERE name = @name AND revoked IS NULL", new { name, Now }, transaction)) > 0;

    /// <summary>All that were ever invited, by name.</summary>
    public IReadOnlyList<RunnerView> All() => [.. database.Read(connection => connection.Query<(string Name, long Created, long? Enrolled, long? Revoked)>(
        "SELECT name, created, enrolled, revoked FROM builds_runner ORDER BY name").ToList()).Select(row => new RunnerView(
        row.Name, row.Revoked is not null ? "revoked" : row.Enrolled is not null ? "enrolled" : "invited", Time(row.Created), row.Enrolled is { } time ? Time(time) : null))];

    /// <summary>What is kept of a key or token.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static bool IsHash(string text) => Digest.TryParse(text, out _);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.-]{0,63}\z")]
    private static partial Regex Name();
}
