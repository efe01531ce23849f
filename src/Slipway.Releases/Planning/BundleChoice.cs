using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Releases.Configuration;

namespace Slipway.Releases.Planning;

/// <summary>The bundles of a version.</summary>
/// <param name="Emptied">Those that are about to be deleted: devices lose their files with this version, and the bundles with the next format.</param>
public sealed record BundleChoice(BundleSet Bundles, IReadOnlyList<string> Emptied)
{
    /// <param name="leftOut">Bundles that wait for their provider.</param>
    /// <param name="upstream">Bundles of an upstream stream, which the stream's own of the same name replace.</param>
    /// <param name="before">Bundles of the version before; null for the first.</param>
    public static BundleChoice Make(
        StreamDefinition definition, IReadOnlyList<StreamBundle> leftOut, IReadOnlyDictionary<string, BundleDefinition>? upstream, ReleaseRole role, IReadOnlyCollection<string>? before)
    {
        var known = new SortedDictionary<string, BundleDefinition>(StringComparer.Ordinal);
        foreach (var bundle in (upstream?.Values ?? []).Concat(definition.Bundles.Values))
            known[bundle.Name] = bundle;
        var wanted = definition.Config.Bundles.Except(leftOut).Select(b => b.Name).Union(upstream?.Keys ?? []);
        var going = known.Values.Where(IsPendingDelete).Select(b => b.Name).ToHashSet(StringComparer.Ordinal);
        if (role == ReleaseRole.Plus10)
        {
            foreach (var name in going)
                known[name] = known[name] with { Includes = [], AlsoAdd = [], Packages = [], ContentDirectories = [] };
        }
        else if (role == ReleaseRole.Plus20 || before is null)
            wanted = wanted.Except(going);
        else
            // What went with the last format does not come back; what is there stays until the next one.
            wanted = wanted.Where(name => !going.Contains(name) || before.Contains(name));
        var errors = new List<ConfigError>();
        var bundles = BundleSet.Close(wanted, known, StreamConfigReader.FileName, errors);
        if (errors.Count > 0)
            throw new ConfigException(errors);
        return new(bundles, role == ReleaseRole.Plus10 ? [.. bundles.Bundles.Select(b => b.Name).Where(going.Contains)] : []);
    }

    private static bool IsPendingDelete(BundleDefinition bundle) => string.Equals(bundle.Header.Status, "Pending-Delete", StringComparison.OrdinalIgnoreCase);
}
