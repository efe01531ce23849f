using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>A package that a project has published: in the content store, under the name it has for people.</summary>
public sealed record ProjectPackage(Digest Digest, string FileName);

/// <summary>
/// Packages that a build's own project has published. A root is made of debs whatever is built in it, so an rpm or pacman package of the
/// project is laid on top: what it needs of the project comes with it, what else it needs by name becomes a need of debs.
/// </summary>
internal sealed partial class ProjectPackages
{
    private const string Own = "project", Others = "others";

    private static readonly EnumerationOptions Deep = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    // What a digest names never changes, and the packages of a project are read for every build of it.
    private static readonly ConcurrentDictionary<Digest, PackageRecord> Known = new();

    private readonly PackageType _type;
    private readonly string _architecture;
    private readonly Dictionary<Digest, ProjectPackage> _files;

    /// <param name="architecture">In the type's own word.</param>
    internal ProjectPackages(PackageType type, string architecture, ContentStore store, IEnumerable<ProjectPackage> packages)
    {
        (_type, _architecture) = (type, architecture);
        _files = packages.DistinctBy(p => p.Digest).ToDictionary(p => p.Digest);
        Records = [.. _files.Keys.Select(digest => Known.GetOrAdd(digest, _ => PackageFile.Read(store.PathOf(digest), type) with { Digest = digest, FileName = _files[digest].FileName }))];
    }

    internal IReadOnlyList<PackageRecord> Records { get; }

    internal ProjectPackage this[PackageRecord record] => _files[record.Digest];

    /// <summary>Takes the package files of directories into the store; links to other directories are not followed.</summary>
    internal static IReadOnlyList<ProjectPackage> Take(PackageType type, ContentStore store, IEnumerable<string> directories) =>
        [.. directories.SelectMany(d => Directory.EnumerateFiles(d, "*", Deep)).Where(f => PackageFile.TypeOf(f) == type && !f.EndsWith(".src.rpm", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(f => new ProjectPackage(store.AddFile(f), Path.GetFileName(f)))];

    /// <summary>Which needs the project itself fulfils, with what, and what is left to be found elsewhere.</summary>
    internal (IReadOnlyList<PackageRecord> Packages, IReadOnlyList<string> Left) Choose(IReadOnlyList<string> needs)
    {
        if (Records.Count == 0)
            return ([], needs);
        using var pool = new SolverPool(_type, _architecture);
        pool.AddPackages(Own, Records);
        var (others, wanted) = OtherNeeds();
        pool.AddPackages(Others, others);
        var own = needs.Where(n => pool.Resolve([n]) is { Succeeded: true } solution && solution.Packages.Any(p => p.Repository == Own)).ToList();
        if (own.Count == 0)
            return ([], needs);
        var solution = pool.Resolve(own);
        if (!solution.Succeeded)
            throw new RecipeException($"the project's own packages cannot be had together: {string.Join("; ", solution.Problems)}");
        var chosen = solution.Packages.Where(p => p.Repository == Own).Select(p => Records.First(r => r.Digest == p.Digest)).ToList();
        var named = chosen.SelectMany(p => p.Requires).Where(wanted.Contains).Where(r => PlainNeed().IsMatch(r)).Distinct();
        return (chosen, [.. needs.Except(own), .. named]);
    }

    /// <summary>What the project has under a name, in words; null for nothing.</summary>
    internal string? Nearest(string name) => Records.Where(r => r.Name == name).Select(r => r.Version).ToList() is { Count: > 0 } versions
        ? $"the project itself has {name} {string.Join(", ", versions)}" : null;

    // Whatever the project's packages need and none of them offers is taken for granted here: it is resolved among the debs.
    private (List<PackageRecord> Stubs, HashSet<string> Needs) OtherNeeds()
    {
        var offered = Records.SelectMany(r => r.Provides.Append(r.Name)).Select(NameOf).ToHashSet();
        var needs = Records.SelectMany(r => r.Requires).Where(n => !n.StartsWith('(') && !offered.Contains(NameOf(n))).ToHashSet();
        var rich = Records.SelectMany(r => r.Requires).Where(n => n.StartsWith('(')).SelectMany(n => RichName().Matches(n).Select(m => m.Value)).Where(n => !offered.Contains(n));
        var provides = needs.Select(Offer).Concat(rich).Distinct().ToList();
        return ([Records[0] with { Name = "slipway-others", Version = "1-1", Architecture = _type == PackageType.Rpm ? "noarch" : "any", Requires = [], Conflicts = [], Replaces = [], Provides = provides, Rpm = null }], needs);
    }

    private static string NameOf(string relation) => relation.Split([' ', '<', '>', '='], 2)[0];

    // A version that fulfils the need: the bound itself, or one beyond it.
    private static string Offer(string need)
    {
        var match = Bounded().Match(need);
        if (!match.Success)
            return need;
        var version = match.Groups["operator"].Value switch { "<" => "0", ">" => match.Groups["version"].Value + ".1", _ => match.Groups["version"].Value };
        return $"{match.Groups["name"].Value} = {version}";
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+_-]*(\s*(<=|>=|<|>|=)\s*[A-Za-z0-9.+:~^_-]+)?\z")]
    private static partial Regex PlainNeed();

    [GeneratedRegex(@"^(?<name>[^\s<>=]+)\s*(?<operator><=|>=|<|>|=)\s*(?<version>[A-Za-z0-9.+:~^_-]+)\z")]
    private static partial Regex Bounded();

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9.+_-]*")]
    private static partial Regex RichName();
}
