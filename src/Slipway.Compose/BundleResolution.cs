using Slipway.Compose.Bundles;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose;

/// <summary>A bundle with the packages that it installs, those of its includes among them, in name order.</summary>
public sealed record ResolvedBundle(string Name, IReadOnlyList<ResolvedPackage> Packages);

/// <summary>Chooses the packages of every bundle out of one pool.</summary>
public static class BundleResolution
{
    /// <exception cref="SlipwayException">A bundle's packages cannot be installed together; every such bundle is named with its problems.</exception>
    public static IReadOnlyList<ResolvedBundle> Resolve(SolverPool pool, PackageType type, BundleSet bundles)
    {
        var resolved = new SortedDictionary<string, ResolvedBundle>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var bundle in InIncludeOrder(bundles))
        {
            // What an include has chosen already is what the device will have, so it is fixed before this bundle's own choices.
            var fixedChoices = bundles.IncludedWith(bundle.Name)
                .Where(b => resolved.ContainsKey(b.Name))
                .SelectMany(b => resolved[b.Name].Packages)
                .Select(p => Exactly(type, p))
                .Distinct(StringComparer.Ordinal)
                .ToList();
            var solution = pool.Resolve(bundles.AllPackages(bundle.Name), new ResolveOptions { AlsoNeeded = fixedChoices, AnyOrder = true });
            if (!solution.Succeeded)
                problems.Add($"bundle {bundle.Name}: {string.Join("; ", solution.Problems)}");
            resolved[bundle.Name] = new ResolvedBundle(bundle.Name, Kept(bundle, solution.Packages));
        }
        return problems.Count == 0
            ? [.. resolved.Values]
            : throw new SlipwayException("resolve the bundles", string.Join("\n", problems), "correct the package names or add a content provider that has them");
    }

    private static IReadOnlyList<ResolvedPackage> Kept(BundleDefinition bundle, IReadOnlyList<ResolvedPackage> packages)
    {
        var kept = bundle.IsSinglePackage || bundle.Header.Maintainer == "pundle" ? packages.Where(p => p.Name == bundle.Name) : packages;
        return [.. kept.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal)];
    }

    private static List<BundleDefinition> InIncludeOrder(BundleSet bundles)
    {
        var order = new List<BundleDefinition>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        void Visit(BundleDefinition bundle)
        {
            if (!seen.Add(bundle.Name))
                return;
            foreach (var include in bundle.Includes)
                Visit(bundles[include]);
            order.Add(bundle);
        }
        foreach (var bundle in bundles.Bundles) // os-core comes first
            Visit(bundle);
        return order;
    }

    private static string Exactly(PackageType type, ResolvedPackage package) => type switch
    {
        PackageType.Deb => $"{package.Name} (= {package.Version})",
        PackageType.Rpm => $"{package.Name} = {package.Version}",
        _ => $"{package.Name}={package.Version}",
    };
}
