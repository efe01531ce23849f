using System.Text;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>One layer to be: what it adds to the layers below it.</summary>
/// <param name="Key">Names the layer: the digest of everything that is installed once it is on top.</param>
/// <param name="Packages">What it adds, in installation order.</param>
/// <param name="Installed">Everything installed once it is on top.</param>
internal sealed record LayerPlan(string Key, IReadOnlyList<ResolvedPackage> Packages, IReadOnlyList<ResolvedPackage> Installed)
{
    internal bool Has(string package) => Installed.Any(p => p.Name == package);
}

/// <summary>A build root to be: layers from the bottom to the top, each with more packages than the one below.</summary>
internal sealed record RootPlan(IReadOnlyList<LayerPlan> Layers, IReadOnlySet<string> Essential)
{
    /// <summary>
    /// Stacks package sets. A set that does not contain all of the one before cannot be laid on it and starts anew from the last
    /// that it does contain.
    /// </summary>
    internal static RootPlan Stack(IEnumerable<IReadOnlyList<ResolvedPackage>> sets, IReadOnlySet<string> essential)
    {
        var levels = new List<IReadOnlyList<ResolvedPackage>>();
        foreach (var set in sets)
        {
            var members = set.Select(Line).ToHashSet();
            while (levels.Count > 0 && !levels[^1].All(p => members.Contains(Line(p))))
                levels.RemoveAt(levels.Count - 1);
            if (levels.Count == 0 || levels[^1].Count < set.Count)
                levels.Add(set);
        }
        var layers = new List<LayerPlan>();
        foreach (var level in levels)
        {
            var below = layers.Count == 0 ? [] : layers[^1].Installed.Select(Line).ToHashSet();
            layers.Add(new(Key(level, layers), [.. level.Where(p => !below.Contains(Line(p)))], level));
        }
        return new(layers, essential);
    }

    private static string Key(IReadOnlyList<ResolvedPackage> level, List<LayerPlan> below) => Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n',
        ["slipway root", RootScripts.All, below.Count == 0 ? "" : below[^1].Key, .. level.Select(Line).Order(StringComparer.Ordinal)]))).ToString();

    private static string Line(ResolvedPackage package) => $"{package.Name} {package.Version} {package.Architecture} {package.Digest}";
}
