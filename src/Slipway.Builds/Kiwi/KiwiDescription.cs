using System.Text;
using System.Xml;
using System.Xml.Linq;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Kiwi;

/// <summary>A repository of a kiwi description.</summary>
/// <param name="Address">http, https or file.</param>
/// <param name="Distribution">apt: the suite. pacman: the name of the database.</param>
/// <param name="SigningKeys">Files with the keys that must have signed it: absolute, or below the description.</param>
/// <param name="IsSigned">False where the description says that its signature is not to be looked at.</param>
internal sealed record KiwiRepository(string Name, string Address, string Distribution, IReadOnlyList<string> Components, int Priority, IReadOnlyList<string> SigningKeys, bool IsSigned);

/// <summary>What a kiwi description says for some profiles and an architecture.</summary>
/// <param name="Packages">All that it asks for, in the order of the file, bootstrap packages first.</param>
/// <param name="ImageType">The type that is made; empty where it names none.</param>
internal sealed record KiwiSelection(string PackageManager, IReadOnlyList<KiwiRepository> Repositories, IReadOnlyList<string> Packages, IReadOnlyList<string> Ignored, string ImageType)
{
    internal PackageType Type => PackageManager switch { "apt" => PackageType.Deb, "pacman" => PackageType.Pacman, _ => PackageType.Rpm };
}

/// <summary>A kiwi image description in XML (kiwi's schema, versions 6 to 8), as far as a root is made of it.</summary>
internal sealed partial class KiwiDescription
{
    private const long MaxBytes = 4 << 20;

    private static readonly string[] Managers = ["zypper", "dnf", "dnf4", "dnf5", "microdnf", "apt", "pacman"];

    private readonly string _file;
    private readonly XElement _image;

    private KiwiDescription(string file, XElement image) => (_file, _image) = (file, image);

    internal string FileName => Path.GetFileName(_file);

    internal string Name => _image.Attribute("name")?.Value ?? "";

    internal IReadOnlyList<string> Profiles => [.. ProfileElements.Select(p => p.Attribute("name")?.Value ?? "")];

    private IEnumerable<XElement> ProfileElements => _image.Elements("profiles").Elements("profile");

    /// <summary>The description in a directory: config.xml, else the one *.kiwi.</summary>
    internal static KiwiDescription Find(string directory)
    {
        var config = Path.Combine(directory, "config.xml");
        if (File.Exists(config))
            return Read(config);
        var found = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.kiwi") : [];
        return found.Length == 1 ? Read(found[0]) : throw new RecipeException(found.Length == 0
            ? "an image is built from config.xml or one *.kiwi, which the directory does not have (descriptions in YAML are not read: convert them with `kiwi-ng image info --print-xml`)"
            : $"several descriptions ({string.Join(", ", found.Select(Path.GetFileName).Order(StringComparer.Ordinal))}); leave one");
    }

    /// <exception cref="RecipeException">It is no kiwi description, with the line.</exception>
    internal static KiwiDescription Read(string file)
    {
        using var tree = RootedTree.Open(Path.GetDirectoryName(file)!);
        return Parse(Encoding.UTF8.GetString(tree.ReadAllBytes(BytePath.From(Path.GetFileName(file)), MaxBytes)), file);
    }

    internal static KiwiDescription Parse(string text, string file)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text.TrimStart('\uFEFF')), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            var image = XDocument.Load(reader, LoadOptions.SetLineInfo | LoadOptions.PreserveWhitespace).Root!;
            return image.Name == "image" ? new(file, image) : throw new RecipeException($"{Path.GetFileName(file)}: its root element is `{image.Name}`, not `image`");
        }
        catch (XmlException error)
        {
            throw new RecipeException($"{Path.GetFileName(file)}:{error.LineNumber}: {error.Message}");
        }
    }

    internal KiwiSelection Select(IReadOnlyList<string> profiles, string architecture)
    {
        if (profiles.FirstOrDefault(p => !Profiles.Contains(p)) is { } unknown)
            throw new RecipeException($"{FileName} has no profile `{unknown}`; it has {(Profiles.Count == 0 ? "none" : string.Join(", ", Profiles))}");
        var used = Used(profiles);
        var preferences = Of("preferences", used, architecture).ToList();
        var manager = preferences.Elements("packagemanager").Select(m => m.Value.Trim()).FirstOrDefault() ?? throw Wrong(_image, "no <packagemanager> applies", "name zypper, dnf, apt or pacman");
        if (!Managers.Contains(manager))
            throw Wrong(preferences.Elements("packagemanager").First(), $"package manager `{manager}` is not known", "name zypper, dnf, apt or pacman");
        var types = preferences.Elements("type").ToList();
        var type = (types.Find(t => t.Attribute("primary")?.Value == "true") ?? types.FirstOrDefault())?.Attribute("image")?.Value ?? "";
        var sections = Of("packages", used, architecture).Where(p => p.Attribute("type")?.Value is "bootstrap" or "image" || p.Attribute("type")?.Value == type)
            .OrderBy(p => p.Attribute("type")!.Value == "bootstrap" ? 0 : 1).ToList();
        foreach (var collection in sections.Elements().Where(e => e.Name.LocalName is "namedCollection" or "collectionModule"))
            throw Wrong(collection, $"<{collection.Name.LocalName} name=\"{collection.Attribute("name")?.Value}\"> is not resolved", "list its packages");
        return new(manager, Repositories(used, architecture, manager), Names(sections, architecture, "package", "product"), Names(sections, architecture, "ignore"), type);
    }

    private List<KiwiRepository> Repositories(IReadOnlySet<string> used, string architecture, string manager)
    {
        var repositories = Of("repository", used, architecture).Where(r => r.Attribute("imageonly")?.Value != "true").ToList();
        if (repositories.Count == 0)
            throw Wrong(_image, "no <repository> applies", "name where the packages come from");
        return [.. repositories.Select((repository, i) => Repository(repository, i, manager))];
    }

    private KiwiRepository Repository(XElement repository, int number, string manager)
    {
        var source = repository.Element("source") ?? throw Wrong(repository, "the repository has no <source>", "<source path=\"...\"/>");
        var path = source.Attribute("path")?.Value ?? "";
        if (repository.Attribute("username") is not null || repository.Attribute("password") is not null)
            throw Wrong(repository, "the repository needs a password", "use one that can be read without");
        var distribution = repository.Attribute("distribution")?.Value ?? "";
        // kiwi gives pacman the alias for the database's name.
        var name = repository.Attribute("alias")?.Value ?? "repository-" + number;
        return new(name, Address(source, path), manager == "pacman" ? name : distribution, [.. (repository.Attribute("components")?.Value ?? "main").Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            // Here as in kiwi's package managers a lower number comes first, and none is 99.
            99 - (int.TryParse(repository.Attribute("priority")?.Value, System.Globalization.CultureInfo.InvariantCulture, out var priority) ? priority : 99),
            [.. source.Elements("signing").Select(s => KeyFile(s, s.Attribute("key")?.Value ?? ""))],
            repository.Attribute("repository_gpgcheck")?.Value != "false" && !path.StartsWith("this:", StringComparison.Ordinal) && !path.StartsWith("dir:", StringComparison.Ordinal));
    }

    private string Address(XElement source, string path) => path.Split(':')[0] switch
    {
        "http" or "https" or "file" => path,
        "dir" => "file://" + path["dir://".Length..],
        "this" => "file://" + Path.GetFullPath(Path.Combine(Path.GetDirectoryName(_file)!, path["this://".Length..].TrimStart('/'))),
        "obs" or "obsrepositories" => throw Wrong(source, $"`{path}` names a project of an Open Build Service, whose address only that service knows", "pin it: write the repository's https address"),
        _ => throw Wrong(source, $"`{path}` is no address that can be read", "use https://, http://, dir:// or this://"),
    };

    private string KeyFile(XElement signing, string key) =>
        key.StartsWith("file://", StringComparison.Ordinal) ? key["file://".Length..]
        : key.StartsWith("this://", StringComparison.Ordinal) ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(_file)!, key["this://".Length..].TrimStart('/')))
        : throw Wrong(signing, $"the key `{key}` is no file", "put the key beside the description and write this://NAME");

    private static List<string> Names(IEnumerable<XElement> sections, string architecture, params string[] elements) =>
        [.. sections.Elements().Where(e => elements.Contains(e.Name.LocalName) && Applies(e, architecture)).Select(e => e.Attribute("name")?.Value ?? "").Where(n => n.Length > 0).Distinct()];

    // Without a choice kiwi takes the profiles marked for import; what they require comes with them.
    private HashSet<string> Used(IReadOnlyList<string> profiles)
    {
        var used = new HashSet<string>(profiles.Count > 0 ? profiles : [.. ProfileElements.Where(p => p.Attribute("import")?.Value == "true").Select(p => p.Attribute("name")?.Value ?? "")]);
        for (var before = -1; before != used.Count;)
        {
            before = used.Count;
            used.UnionWith(ProfileElements.Where(p => used.Contains(p.Attribute("name")?.Value ?? "")).Elements("requires").Select(r => r.Attribute("profile")?.Value ?? "").ToList());
        }
        return used;
    }

    private IEnumerable<XElement> Of(string name, IReadOnlySet<string> used, string architecture) =>
        _image.Elements(name).Where(e => e.Attribute("profiles") is not { } only || only.Value.Split(',').Any(p => used.Contains(p.Trim()))).Where(e => Applies(e, architecture));

    private static bool Applies(XElement element, string architecture) =>
        element.Attribute("arch") is not { } only || only.Value.Split(',').Any(a => a.Trim() == architecture);

    private RecipeException Wrong(XElement at, string why, string remedy) => new($"{FileName}:{((IXmlLineInfo)at).LineNumber}: {why}. Try: {remedy}");
}
