using System.Data;
using Dapper;

namespace Slipway.State;

/// <summary>One change that somebody made.</summary>
/// <param name="Id">Grows.</param>
/// <param name="At">Seconds since 1970.</param>
/// <param name="Who">The user, or the role of the process.</param>
/// <param name="Action">What was done.</param>
/// <param name="Subject">To what.</param>
public sealed record AuditEntry(long Id, long At, string Who, string Action, string Subject);

/// <summary>Who changed what, and when. Rows are only added.</summary>
public sealed class AuditLog(Database database)
{
    /// <summary>Notes a change in the transaction that makes it.</summary>
    public void Record(IDbTransaction transaction, string who, string action, string subject) => transaction.Connection!.Execute(
        "INSERT INTO state_audit (at, who, action, subject) VALUES (@Now, @who, @action, @subject)",
        new { database.Now, who, action, subject }, transaction);

    /// <summary>The newest changes, newest first.</summary>
    public IReadOnlyList<AuditEntry> Newest(int count) => database.Read(c => c.Query<AuditEntry>(
        "SELECT id, at, who, action, subject FROM state_audit ORDER BY id DESC LIMIT @count", new { count }).ToList());
}
