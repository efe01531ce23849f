using Slipway.Messages.Yaml;

namespace Slipway.Messages;

/// <summary>One entry of <c>distributions</c>, and its line in the file.</summary>
public sealed record Distribution(string Dist, string Arch, string RunnerGroup, int Line);

/// <summary>One entry of <c>images</c>, and its line in the file.</summary>
public sealed record ImageSelection(string Selection, string Arch, string RunnerGroup, IReadOnlyList<string> Profiles, IReadOnlyList<string> BuildArguments, int Line);

/// <summary>A <c>.cb/cloud_builder.yml</c>. When <see cref="Distributions"/> is there, even empty, it is a package and images are not built.</summary>
public sealed record ProjectMetadata(string Name, IReadOnlyList<Distribution>? Distributions, IReadOnlyList<ImageSelection>? Images)
{
    /// <summary>Reads the file strictly; a refused one gives null and the reasons with their lines.</summary>
    /// <param name="forPackage">True: somebody asks for a package, so images that no reader can use do not matter, as in the original.</param>
    public static ProjectMetadata? Read(ReadOnlySpan<byte> file, out IReadOnlyList<DocumentError> errors, bool forPackage = false)
    {
        if (MessageCodec.Read(DocumentKind.Project, file, out errors) is not { } map) return null;
        var found = new List<DocumentError>();
        var images = Maps(map, "images")?.Select(image => Image(image, found)).ToList();
        errors = forPackage ? [] : found;
        return errors.Count > 0 ? null : new ProjectMetadata(Text(map, "name"), Maps(map, "distributions")?.Select(Distribution).ToList(), images);
    }

    private static Distribution Distribution(YamlMap map) => new(Text(map, "dist"), Text(map, "arch"), Text(map, "runner_group"), map.Line);

    // The schema lets a null selection and lists of anything pass, and the original's readers then crash: here they are errors.
    private static ImageSelection Image(YamlMap map, List<DocumentError> errors)
    {
        if (map.Entries["selection"] is not YamlMap selection)
        {
            errors.Add(new(map.Line, "images: selection: null is not allowed"));
            selection = new YamlMap { Entries = { ["name"] = "" } };
        }
        return new(Text(selection, "name"), Text(map, "arch"), Text(map, "runner_group"),
            Texts(selection, "profiles", errors), Texts(selection, "build_arguments", errors), map.Line);
    }

    private static List<string> Texts(YamlMap map, string name, List<DocumentError> errors)
    {
        if (map.Entries.GetValueOrDefault(name) is not YamlList list) return [];
        if (list.Items.Any(item => item is not string)) errors.Add(new(map.Line, $"images: selection.{name}: must be a list of strings"));
        return [.. list.Items.OfType<string>()];
    }

    private static string Text(YamlMap map, string name) => (string)map.Entries[name]!;

    private static IEnumerable<YamlMap>? Maps(YamlMap map, string name) => (map.Entries.GetValueOrDefault(name) as YamlList)?.Items.Cast<YamlMap>();
}
