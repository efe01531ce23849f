using System.Text.Json.Serialization;

namespace Slipway.Compose.Bundles;

/// <summary>The five header fields of a bundle definition; a field that is not given is empty.</summary>
public sealed record BundleHeader(string Title, string Description, string Status, string Capabilities, string Maintainer)
{
    public static BundleHeader Empty { get; } = new("", "", "", "", "");

    /// <summary>True when the bundle is marked experimental in the manifest of manifests.</summary>
    public bool IsExperimental => Status == "Experimental";

    /// <summary>True when the bundle is to go at the next change of format, whoever makes it.</summary>
    [JsonIgnore]
    public bool IsPendingDelete => Status == "Pending-Delete";

    /// <summary>True when `mix build format-bump` takes the bundle away.</summary>
    [JsonIgnore]
    public bool IsDeprecated => Status == "Deprecated" || IsPendingDelete;
}

/// <summary>A named list of packages and includes: what one definition file says, before any package is resolved.</summary>
/// <param name="Name">The bundle's name, which is its file's name.</param>
/// <param name="File">Where the definition stands, for messages.</param>
/// <param name="Includes">Bundles that are installed with this one, in definition order.</param>
/// <param name="AlsoAdd">Bundles offered with this one that a device may leave out.</param>
/// <param name="Packages">Directly named packages, sorted, each once.</param>
/// <param name="ContentDirectories">Directories whose content is merged into the full root.</param>
/// <param name="UnExported">Absolute paths below a binary directory that are not exported.</param>
/// <param name="IsSinglePackage">True for a bundle made from one line of a packages list.</param>
public sealed record BundleDefinition(
    string Name,
    string File,
    BundleHeader Header,
    IReadOnlyList<string> Includes,
    IReadOnlyList<string> AlsoAdd,
    IReadOnlyList<string> Packages,
    IReadOnlyList<string> ContentDirectories,
    IReadOnlyList<string> UnExported,
    bool IsSinglePackage = false)
{
    /// <summary>Lines of includes and also-adds by name, for messages.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, int> Lines { get; init; } = new Dictionary<string, int>();

    /// <summary>The line that names another bundle; 1 where it is not known.</summary>
    public int LineOf(string bundle) => Lines.GetValueOrDefault(bundle, 1);

    /// <summary>The bundle every device has; every other bundle is installed on top of it.</summary>
    public const string Core = "os-core";

    /// <summary>Longest name of a bundle or package that is read.</summary>
    public const int MaxNameLength = 255;

    /// <summary>True for names of bundles and packages: letters, digits and <c>-_+.</c>, not starting with a dot.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= MaxNameLength
        && text[0] != '.'
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '+' or '.');

    /// <summary>True when the name can be a bundle's: a manifest of that name must not collide with those of the format.</summary>
    public static bool IsBundleName(string text) => IsName(text) && text is not ("MoM" or "full");

    /// <summary>The bundle that one line of a packages list stands for.</summary>
    public static BundleDefinition OfPackage(string package, string file) =>
        new(package, file, BundleHeader.Empty with { Title = package }, [], [], [package], [], [], IsSinglePackage: true);
}
