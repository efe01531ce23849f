using Slipway.Packages.Solving.Native;

namespace Slipway.Packages.Solving;

/// <summary>Ids that libsolv gives to its own names; the same in every pool, but asked for rather than copied from its header.</summary>
internal sealed class PoolKeys(PoolHandle pool)
{
    public int Name { get; } = Known(pool, "solvable:name");
    public int Architecture { get; } = Known(pool, "solvable:arch");
    public int Version { get; } = Known(pool, "solvable:evr");
    public int Provides { get; } = Known(pool, "solvable:provides");
    public int Requires { get; } = Known(pool, "solvable:requires");
    public int Conflicts { get; } = Known(pool, "solvable:conflicts");
    public int Obsoletes { get; } = Known(pool, "solvable:obsoletes");
    public int Recommends { get; } = Known(pool, "solvable:recommends");
    public int Suggests { get; } = Known(pool, "solvable:suggests");
    public int Supplements { get; } = Known(pool, "solvable:supplements");
    public int Enhances { get; } = Known(pool, "solvable:enhances");
    public int Checksum { get; } = Known(pool, "solvable:checksum");
    public int DownloadSize { get; } = Known(pool, "solvable:downloadsize");
    public int InstalledSize { get; } = Known(pool, "solvable:installsize");
    public int Sha256 { get; } = Known(pool, "repokey:type:sha256");

    /// <summary>A capability of our own that every Essential package of a deb index is made to provide, so that its cache carries it too.</summary>
    public int Essential { get; } = Solv.PoolStringToId(pool, "slipway:essential", 1);

    /// <summary>As <see cref="Essential"/>, for priority required, important or standard: what apt takes first among those that provide the same.</summary>
    public int Preferred { get; } = Solv.PoolStringToId(pool, "slipway:preferred", 1);

    public int PrerequisiteMarker { get; } = Known(pool, "solvable:prereqmarker");

    private static int Known(PoolHandle pool, string name) => Solv.PoolStringToId(pool, name, 0);
}
