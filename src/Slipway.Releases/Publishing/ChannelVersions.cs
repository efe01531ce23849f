using Slipway.Releases.Planning;

namespace Slipway.Releases.Publishing;

/// <summary>What a channel that shows a release says to devices of each format.</summary>
/// <param name="Target">The release that unmodified clients see.</param>
/// <param name="Latest">Per format: the version its devices are led to.</param>
/// <param name="First">Per format: its first version.</param>
/// <param name="Needed">The versions whose content must be there, in order.</param>
public sealed record ChannelVersions(uint Target, IReadOnlyDictionary<int, uint> Latest, IReadOnlyDictionary<int, uint> First, IReadOnlyList<uint> Needed)
{
    /// <param name="whole">All whole releases of the stream with their plans.</param>
    public static ChannelVersions Of(Release target, IReadOnlyList<(Release Release, ReleasePlan Plan)> whole)
    {
        var shown = whole.Where(r => r.Release.Published is not null || r.Release.Version == target.Version || r.Plan.Chain.Contains(target.Version)).ToList();
        var latest = new SortedDictionary<int, uint>();
        var first = new SortedDictionary<int, uint>();
        foreach (var format in whole.GroupBy(r => r.Release.Format))
        {
            first[format.Key] = shown.Where(r => r.Release.Format == format.Key).Select(r => r.Release.Version).DefaultIfEmpty(format.Min(r => r.Release.Version)).Min();
            if (format.Key == target.Format)
                latest[format.Key] = target.Version;
            // Devices of an older format are led over its last version, which says it is the first of the next.
            else if (format.Key < target.Format && format.Where(r => r.Plan.Claims > 0 && r.Release.Version < target.Version && r.Release.State != ReleaseState.Withdrawn) is var bumps && bumps.Any())
                latest[format.Key] = bumps.Max(r => r.Release.Version);
            // Devices of a newer format stay where they are: none of them is below its first version.
            else if (format.Key > target.Format)
                latest[format.Key] = first[format.Key];
        }
        var claimed = whole.Where(r => latest.ContainsValue(r.Release.Version) && r.Plan.Claims > 0).Select(r => r.Plan.Claims);
        return new(target.Version, latest, first, [.. latest.Values.Concat(claimed).Append(target.Version).Distinct().Order()]);
    }
}
