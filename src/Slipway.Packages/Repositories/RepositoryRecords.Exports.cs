using Dapper;

namespace Slipway.Packages.Repositories;

internal sealed partial class RepositoryRecords
{
    /// <summary>What exports of a repository to a place wrote and did not remove: path and digest.</summary>
    public IReadOnlyDictionary<string, string> Exported(RepositoryId id, string place) => database.Read(connection => connection.Query<(string Path, string Digest)>(
        "SELECT path, digest FROM packages_exported WHERE repository = @id AND place = @place", new { id = id.ToString(), place }).ToDictionary(row => row.Path, row => row.Digest, StringComparer.Ordinal));

    /// <summary>Written down before the files are, so that an export that died leaves nothing that no later one knows of.</summary>
    public void WillExport(RepositoryId id, string place, IEnumerable<ExportedFile> files) => database.Write(transaction => transaction.Connection!.Execute(
        """
        INSERT INTO packages_exported (repository, place, path, digest) VALUES (@id, @place, @Path, @unfinished)
        ON CONFLICT (repository, place, path) DO UPDATE SET digest = @unfinished
        """, files.Select(file => new { id = id.ToString(), place, file.Path, unfinished = "" }), transaction));

    /// <summary>The pointers have moved: these files are named by them, all others since now no longer.</summary>
    public void HasExported(RepositoryId id, string place, IReadOnlyCollection<ExportedFile> files, long now) => database.Write(transaction =>
    {
        var of = new { id = id.ToString(), place, now };
        transaction.Connection!.Execute("UPDATE packages_exported SET superseded = coalesce(superseded, @now) WHERE repository = @id AND place = @place", of, transaction);
        transaction.Connection!.Execute("UPDATE packages_exported SET superseded = NULL, digest = @Digest WHERE repository = @id AND place = @place AND path = @Path",
            files.Select(file => new { of.id, place, file.Path, file.Digest }), transaction);
    });

    /// <summary>What the pointers at a place no longer name, with when they ceased to; without what another repository has there.</summary>
    public IReadOnlyList<(string Path, long Since)> Superseded(RepositoryId id, string place) => database.Read(connection => connection.Query<(string, long)>(
        """
        SELECT path, superseded FROM packages_exported e WHERE repository = @id AND place = @place AND superseded IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM packages_exported o WHERE o.place = e.place AND o.path = e.path AND o.repository <> e.repository)
        ORDER BY path
        """, new { id = id.ToString(), place }).ToList());

    public void ForgetExported(RepositoryId id, string place, IEnumerable<string> paths) => database.Write(transaction => transaction.Connection!.Execute(
        "DELETE FROM packages_exported WHERE repository = @id AND place = @place AND path = @path", paths.Select(path => new { id = id.ToString(), place, path }), transaction));
}
