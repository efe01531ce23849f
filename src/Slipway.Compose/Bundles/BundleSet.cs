using Slipway.Content;

namespace Slipway.Compose.Bundles;

/// <summary>The bundles of one version: closed under includes and also-adds, in name order with os-core first.</summary>
public sealed class BundleSet
{
    private readonly Dictionary<string, BundleDefinition> _byName;

    private BundleSet(IEnumerable<BundleDefinition> bundles)
    {
        Bundles = [.. bundles.OrderBy(b => b.Name != BundleDefinition.Core).ThenBy(b => b.Name, StringComparer.Ordinal)];
        _byName = Bundles.ToDictionary(b => b.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<BundleDefinition> Bundles { get; }

    public BundleDefinition this[string name] => _byName[name];

    /// <summary>
    /// Picks <paramref name="wanted"/> and all they lead to out of <paramref name="known"/>. Cycles are allowed; a bundle that is named
    /// and not defined is an error with the nearest names.
    /// </summary>
    /// <param name="names">What a misspelt name is compared with. Unset: the known ones.</param>
    public static BundleSet Close(
        IEnumerable<string> wanted, IReadOnlyDictionary<string, BundleDefinition> known, string wantedFile, ICollection<ConfigError> errors, IEnumerable<string>? names = null)
    {
        var taken = new Dictionary<string, BundleDefinition>(StringComparer.Ordinal);
        var open = new Queue<(string Name, string File, int Line)>();
        foreach (var name in wanted.Append(BundleDefinition.Core))
            open.Enqueue((name, wantedFile, 1));
        while (open.TryDequeue(out var next))
        {
            if (taken.ContainsKey(next.Name))
                continue;
            if (!known.TryGetValue(next.Name, out var bundle))
            {
                errors.Add(new ConfigError(next.File, next.Line, $"the bundle '{next.Name}' is not defined", Nearest(next.Name, names ?? known.Keys)));
                continue;
            }
            taken.Add(bundle.Name, bundle);
            foreach (var name in bundle.Includes.Concat(bundle.AlsoAdd))
                open.Enqueue((name, bundle.File, bundle.LineOf(name)));
        }
        return new BundleSet(taken.Values);
    }

    /// <summary>Everything that is installed with a bundle through includes, os-core among it, the bundle itself not.</summary>
    public IReadOnlyList<BundleDefinition> IncludedWith(string name)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { name };
        var order = new List<BundleDefinition>();
        var open = new Queue<string>(name == BundleDefinition.Core ? [] : _byName[name].Includes.Prepend(BundleDefinition.Core));
        while (open.TryDequeue(out var next))
        {
            if (!seen.Add(next) || !_byName.TryGetValue(next, out var bundle))
                continue;
            order.Add(bundle);
            foreach (var include in bundle.Includes)
                open.Enqueue(include);
        }
        return order;
    }

    /// <summary>The packages a bundle names itself and those its includes name (format clause 2.4: not those of also-adds).</summary>
    public IReadOnlyList<string> AllPackages(string name)
    {
        var bundle = _byName[name];
        // Clause 2.4: a bundle of one package does not merge what its includes name.
        var named = bundle.IsSinglePackage || bundle.Header.Maintainer == "pundle"
            ? bundle.Packages
            : bundle.Packages.Concat(Reachable(bundle).SelectMany(b => b.Packages));
        return [.. named.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private IEnumerable<BundleDefinition> Reachable(BundleDefinition bundle) =>
        IncludedWith(bundle.Name).Where(b => b.Name != BundleDefinition.Core || bundle.Includes.Contains(BundleDefinition.Core));

    internal static string Nearest(string name, IEnumerable<string> known)
    {
        var near = known.OrderBy(k => Distance(name, k)).ThenBy(k => k, StringComparer.Ordinal).Take(3).ToList();
        return near.Count == 0 ? "Add its definition below bundles/" : $"Did you mean {string.Join(", ", near)}?";
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
