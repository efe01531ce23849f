using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A full file in a pack, and where to find its bytes.</summary>
internal sealed record StagedMember(SwupdHash Hash, uint Version, BytePath FullName);

/// <summary>Everything that goes into one pack: deltas by name and file, and full files in the order of their paths.</summary>
internal sealed record PackPlan(
    string Bundle, uint From, uint To, IReadOnlyList<(string Name, string File)> Deltas, IReadOnlyList<StagedMember> Staged)
{
    public bool IsEmpty => Deltas.Count == 0 && Staged.Count == 0;

    /// <summary>A pack for a device that has nothing of the bundle: all that is present, each hash once.</summary>
    public static PackPlan Zero(Manifest manifest)
    {
        var seen = new HashSet<SwupdHash>();
        return new PackPlan(manifest.Name, 0, manifest.Version, [],
            [.. manifest.Records.Where(r => r.IsPresent).Select(r => new StagedMember(r.Hash, r.Version, VariantPath.FullName(r)))
                .OrderBy(m => m.FullName).Where(m => seen.Add(m.Hash))]);
    }
}
