using System.Data;
using System.Security.Cryptography;
using System.Text;
using Dapper;

namespace Slipway.State;

/// <summary>Who asks, and what they may do.</summary>
/// <param name="User">The name in the audit log.</param>
/// <param name="Role">reader, packager, release-engineer, runner or admin.</param>
public sealed record Identity(string User, string Role);

/// <summary>Tokens for the API. Only their digests are kept.</summary>
public sealed class AccessTokens(Database database)
{
    private const string Prefix = "slw_";
    private const int SecretBytes = 32;

    /// <summary>Makes a token and returns it; it is never shown again.</summary>
    public string Create(string user, string role) => database.Write(transaction => Create(transaction, user, role));

    /// <inheritdoc cref="Create(string, string)"/>
    public string Create(IDbTransaction transaction, string user, string role)
    {
        var secret = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        transaction.Connection!.Execute(
            "INSERT INTO state_tokens (secret_hash, user, role, created) VALUES (@Hash, @user, @role, @Now)",
            new { Hash = Hash(secret), user, role, database.Now }, transaction);
        return secret;
    }

    /// <summary>Whose token it is; null when it is none, or was revoked. Looked up by digest, so no comparison leaks its bytes.</summary>
    public Identity? Check(string secret) => secret.StartsWith(Prefix, StringComparison.Ordinal) && secret.Length < 200
        ? database.Read(c => c.QuerySingleOrDefault<Identity>(
            "SELECT user, role FROM state_tokens WHERE secret_hash = @Hash AND revoked IS NULL", new { Hash = Hash(secret) }))
        : null;

    /// <summary>Ends every token of a user. Returns how many there were.</summary>
    public int Revoke(string user) => database.Write(t => t.Connection!.Execute(
        "UPDATE state_tokens SET revoked = @Now WHERE user = @user AND revoked IS NULL", new { database.Now, user }, t));

    /// <summary>The users that have a token, by name.</summary>
    public IReadOnlyList<Identity> Users() => database.Read(c => c.Query<Identity>(
        "SELECT DISTINCT user, role FROM state_tokens WHERE revoked IS NULL ORDER BY user, role").ToList());

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
