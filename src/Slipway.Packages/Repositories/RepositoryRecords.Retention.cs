using Dapper;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

internal sealed partial class RepositoryRecords
{
    public void Keep(RepositoryId id, long number, string reason) => database.Write(transaction => transaction.Connection!.Execute(
        "INSERT OR REPLACE INTO packages_kept (repository, number, reason) VALUES (@id, @number, @reason)", new { id = id.ToString(), number, reason }, transaction));

    public bool LetGo(RepositoryId id, long number) => database.Write(transaction => transaction.Connection!.Execute(
        "DELETE FROM packages_kept WHERE repository = @id AND number = @number", new { id = id.ToString(), number }, transaction)) > 0;

    public IReadOnlyDictionary<long, string> Kept(RepositoryId id) => database.Read(connection => connection.Query<(long Number, string Reason)>(
        "SELECT number, reason FROM packages_kept WHERE repository = @id", new { id = id.ToString() }).ToDictionary(row => row.Number, row => row.Reason));

    public IReadOnlyList<Digest> Needed(RepositoryId id, IReadOnlySet<long> without) => database.Read(connection =>
    {
        var numbers = connection.Query<long>("SELECT number FROM packages_snapshots WHERE repository = @id ORDER BY number", new { id = id.ToString() }).Where(number => !without.Contains(number)).ToArray();
        return connection.Query<(string Digest, long First, long? Last)>("SELECT digest, first, last FROM packages_members WHERE repository = @id", new { id = id.ToString() })
            .Where(member => IsHeld(numbers, member.First, member.Last)).Select(member => Digest.Parse(member.Digest)).Distinct().ToList();
    });

    // The first snapshot at or after the one it came with is the one that decides.
    private static bool IsHeld(long[] numbers, long first, long? last)
    {
        var place = Array.BinarySearch(numbers, first);
        var next = place >= 0 ? place : ~place;
        return next < numbers.Length && (last is null || numbers[next] <= last);
    }

    /// <summary>Takes snapshots out of the records. Of packages that no snapshot holds any more only this stays: which content their path had.</summary>
    public void Forget(RepositoryId id, IReadOnlyList<long> numbers) => database.Write(transaction =>
    {
        const string Unheld = """
            repository = @id AND NOT EXISTS (SELECT 1 FROM packages_snapshots s
                WHERE s.repository = packages_members.repository AND s.number >= first AND (last IS NULL OR s.number <= last))
            """;
        var repository = new { id = id.ToString() };
        transaction.Connection!.Execute("DELETE FROM packages_snapshots WHERE repository = @id AND number = @number", numbers.Select(number => new { repository.id, number }), transaction);
        transaction.Connection!.Execute($"INSERT OR REPLACE INTO packages_held (repository, path, digest) SELECT repository, path, digest FROM packages_members WHERE {Unheld} ORDER BY first", repository, transaction);
        transaction.Connection!.Execute($"DELETE FROM packages_members WHERE {Unheld}", repository, transaction);
    });

    public void ForgetEntries(IEnumerable<Digest> removed) => database.Write(transaction => transaction.Connection!.Execute(
        "DELETE FROM packages_entries WHERE digest = @digest AND NOT EXISTS (SELECT 1 FROM packages_members m WHERE m.digest = packages_entries.digest)",
        removed.Select(digest => new { digest = digest.ToString() }), transaction));
}
