using Slipway.Content;
using Slipway.Packages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>The files of an attempt beside its log, where people and the ancestor's programs look for them. The store has the only copy of a result.</summary>
internal static class AttemptFiles
{
    public static void WriteRecords(DataDirectory data, BuildLease lease, AttemptRecord record)
    {
        Directory.CreateDirectory(data.Build(lease.Build));
        if (record.SolverJson is { } solved) AtomicFile.WriteText(Path.Combine(data.Build(lease.Build), "solver.json"), solved);
        if (record.RecordJson is { } whole) AtomicFile.WriteText(Path.Combine(data.Build(lease.Build), "record.json"), whole);
    }

    /// <summary>Puts the results beside the log; returns the paths of the packages.</summary>
    public static IReadOnlyList<string> Place(DataDirectory data, ContentStore store, long build, IEnumerable<BuildResult> results) =>
        [.. results.Select(result => Place(data, store, build, result)).Where(place => PackageFile.TypeOf(place) is not null)];

    private static string Place(DataDirectory data, ContentStore store, long build, BuildResult result)
    {
        var place = Path.Combine(data.Build(build), "results", result.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.Delete(place);
        store.LinkTo(result.Digest, place);
        return place;
    }
}
