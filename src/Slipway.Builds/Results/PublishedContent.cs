using Dapper;
using Slipway.Builds.Roots;
using Slipway.Packages;
using Slipway.Packages.Repositories;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>What packages are built with besides the distribution: what was built for the same dist, the own project's first.</summary>
public sealed class PublishedContent(Database database, RepositoryStore repositories)
{
    private sealed record Place(RepositoryId Id, Snapshot Snapshot);

    /// <summary>For a build on this machine: repositories by their directories where an index is all that is needed of them.</summary>
    public ProjectContent For(string project, string dist)
    {
        var places = Places(project, dist);
        return new([.. places.Where(one => one.Snapshot.Type == PackageType.Deb).Select(one => one.Snapshot.Path)], Packages(places.Where(one => one.Snapshot.Type != PackageType.Deb)));
    }

    /// <summary>The same as packages in the content store, for a build on another machine.</summary>
    public IReadOnlyList<ProjectPackage> Packages(string project, string dist) => Packages(Places(project, dist));

    private List<ProjectPackage> Packages(IEnumerable<Place> places) =>
        [.. places.SelectMany(one => repositories.Files(one.Id, one.Snapshot.Number)).Select(file => new ProjectPackage(file.Digest, Path.GetFileName(file.Path)))];

    private List<Place> Places(string project, string dist)
    {
        var projects = database.Read(connection => connection.Query<string>(
            "SELECT DISTINCT project FROM builds_build WHERE dist = @dist AND image = 0 AND snapshot IS NOT NULL ORDER BY project", new { dist }).ToList());
        return [.. projects.Prepend(project).Distinct(StringComparer.Ordinal).Select(one => new RepositoryId(one, dist))
            .Select(id => repositories.Current(id) is { } snapshot ? new Place(id, snapshot) : null).OfType<Place>()];
    }
}
