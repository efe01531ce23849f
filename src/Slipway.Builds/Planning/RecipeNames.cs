using System.Text;
using System.Text.RegularExpressions;
using Slipway.Packages;

namespace Slipway.Builds;

/// <summary>
/// What a recipe makes and what it needs, by name alone: enough to see which of the packages of one project must be built first.
/// Names that only the package type's own tools can work out are left out; the solver has the last word in the build root.
/// </summary>
public sealed partial record RecipeNames(IReadOnlyList<string> Produces, IReadOnlyList<string> Needs)
{
    public static RecipeNames None { get; } = new([], []);

    /// <param name="read">Bytes of a file of the package, or null.</param>
    /// <param name="files">Paths of the package's files, relative to it.</param>
    public static RecipeNames Of(PackageType type, Func<string, byte[]?> read, IReadOnlyList<string> files)
    {
        var recipe = type switch
        {
            PackageType.Deb => "debian/control",
            PackageType.Pacman => "PKGBUILD",
            _ => files.Where(file => file.EndsWith(".spec", StringComparison.Ordinal) && !file.Contains('/', StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault(),
        };
        if (recipe is null || read(recipe) is not { Length: < 1 << 20 } bytes) return None;
        var text = Encoding.UTF8.GetString(bytes);
        return type switch { PackageType.Deb => OfControl(text), PackageType.Pacman => OfPkgbuild(text), _ => OfSpec(text) };
    }

    private static RecipeNames OfControl(string text)
    {
        var joined = Continuation().Replace(Comment().Replace(text, ""), " ");
        return Made(Field(joined, "Package").Concat(Field(joined, "Provides").SelectMany(Relations)),
            Field(joined, "Build-Depends").Concat(Field(joined, "Build-Depends-Arch")).Concat(Field(joined, "Build-Depends-Indep")).SelectMany(Relations));
    }

    private static RecipeNames OfSpec(string text)
    {
        var name = Field(text, "Name").FirstOrDefault() ?? "";
        var made = SubPackage().Matches(text).Select(match => match.Groups["own"].Success ? match.Groups["own"].Value : $"{name}-{match.Groups["sub"].Value}");
        return Made([name, .. made.Select(one => Expand(one, name)), .. Field(text, "Provides").SelectMany(Relations).Select(one => Expand(one, name))],
            Field(text, "BuildRequires").SelectMany(Relations));
    }

    private static RecipeNames OfPkgbuild(string text) =>
        Made(Array(text, "pkgname").Concat(Array(text, "provides")), Array(text, "makedepends").Concat(Array(text, "checkdepends")).Concat(Array(text, "depends")));

    private static RecipeNames Made(IEnumerable<string> produces, IEnumerable<string> needs) => new(Clean(produces), Clean(needs));

    private static List<string> Clean(IEnumerable<string> names) =>
        [.. names.Select(name => Bare().Match(name.Trim().Trim('\'', '"')).Value).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string Expand(string text, string name) => text.Replace("%{name}", name, StringComparison.Ordinal);

    private static IEnumerable<string> Field(string text, string field) =>
        Regex.Matches(text, $@"^{Regex.Escape(field)}[ \t]*:[ \t]*(?<value>[^\n]*)", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
            .Select(match => match.Groups["value"].Value.Trim());

    // "a (>= 1), b | c <!nocheck>", "a >= 1 b": versions and conditions do not count; every alternative does.
    private static IEnumerable<string> Relations(string list) =>
        Version().Replace(Condition().Replace(list, " "), " ").Split([',', '|', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Array(string text, string variable) =>
        Regex.Matches(text, $@"^[ \t]*{variable}=(\((?<list>[^)]*)\)|(?<list>\S+))", RegexOptions.Multiline | RegexOptions.CultureInvariant)
            .SelectMany(match => match.Groups["list"].Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"^#[^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();
    [GeneratedRegex(@"\n[ \t]+")]
    private static partial Regex Continuation();
    [GeneratedRegex(@"^%package[ \t]+(-n[ \t]+(?<own>\S+)|(?<sub>[^\s-]\S*))", RegexOptions.Multiline)]
    private static partial Regex SubPackage();
    [GeneratedRegex(@"\([^)]*[<>=][^)]*\)|<[^>=]*>|\[[^\]]*\]")]
    private static partial Regex Condition();
    [GeneratedRegex(@"\s*[<>=]+\s*[^\s,|]+")]
    private static partial Regex Version();
    [GeneratedRegex(@"^(?>[A-Za-z0-9][A-Za-z0-9._+-]*)(?![%$({])")]
    private static partial Regex Bare();
}
