using System.Collections.Concurrent;
using System.Data;
using Dapper;

namespace Slipway.State;

/// <summary>A thing held for a while. Whoever writes under it shows the fence, so that a holder who was late writes nothing.</summary>
/// <param name="Subject">What is held.</param>
/// <param name="Holder">By whom.</param>
/// <param name="Fence">Grows with every grant of the subject.</param>
public sealed record Lease(string Subject, string Holder, long Fence);

/// <summary>
/// Grants of things to one holder at a time. Only one process grants; it measures time by its own monotonic clock, so that a
/// clock that is set changes nothing. After a restart every lease counts as given just now.
/// </summary>
public sealed class Leases(Database database, TimeSpan duration)
{
    private readonly ConcurrentDictionary<string, long> _renewed = new(StringComparer.Ordinal);
    private readonly long _started = database.Clock.GetTimestamp();

    /// <summary>How long a lease lasts without being renewed.</summary>
    public TimeSpan Duration => duration;

    /// <summary>Takes the subject; null when another holder has it and is in time.</summary>
    public Lease? TryTake(IDbTransaction transaction, string subject, string holder)
    {
        var current = transaction.Connection!.QuerySingleOrDefault<Lease>(
            "SELECT subject, holder, fence FROM state_leases WHERE subject = @subject AND holder <> ''", new { subject }, transaction);
        if (current is not null && current.Holder != holder && !IsOver(subject)) return null;
        var fence = transaction.Connection!.ExecuteScalar<long>(
            """
            INSERT INTO state_leases (subject, fence, holder) VALUES (@subject, 1, @holder)
            ON CONFLICT (subject) DO UPDATE SET fence = fence + 1, holder = @holder RETURNING fence
            """,
            new { subject, holder }, transaction);
        _renewed[subject] = database.Clock.GetTimestamp();
        return new Lease(subject, holder, fence);
    }

    /// <summary>True, and the time starts again, when the lease is still the newest of its subject.</summary>
    public bool Renew(Lease lease)
    {
        if (!database.Read(c => Holds(c, null, lease))) return false;
        _renewed[lease.Subject] = database.Clock.GetTimestamp();
        return true;
    }

    /// <summary>True when the lease is the newest of its subject; every write under a lease asks in its own transaction.</summary>
    public static bool Holds(IDbTransaction transaction, Lease lease) => Holds(transaction.Connection!, transaction, lease);

    /// <summary>Gives the subject back.</summary>
    public void Release(IDbTransaction transaction, Lease lease)
    {
        transaction.Connection!.Execute(
            "UPDATE state_leases SET holder = '' WHERE subject = @Subject AND fence = @Fence", lease, transaction);
        _renewed.TryRemove(lease.Subject, out _);
    }

    /// <summary>The leases whose holders did not renew them in time.</summary>
    public IReadOnlyList<Lease> Expired() => database.Read(c => c.Query<Lease>(
            "SELECT subject, holder, fence FROM state_leases WHERE holder <> '' ORDER BY subject"))
        .Where(l => IsOver(l.Subject))
        .ToList();

    private bool IsOver(string subject) =>
        database.Clock.GetElapsedTime(_renewed.GetValueOrDefault(subject, _started)) > duration;

    private static bool Holds(IDbConnection connection, IDbTransaction? transaction, Lease lease) => connection.ExecuteScalar<long>(
        "SELECT count(*) FROM state_leases WHERE subject = @Subject AND fence = @Fence AND holder = @Holder", lease, transaction) > 0;
}
