using Slipway.Content;

namespace Slipway.Updates;

/// <summary>The old search index bundle: never begun anew, emptied down to its tracking file where a stream still has it (format 1.5).</summary>
internal static class UpdateIndex
{
    public const string Name = "os-core-update-index";

    private static readonly BytePath Tracking = BytePath.From("/usr/share/clear/bundles/" + Name);

    /// <summary>The bundle to write in this version; null when there is none or when the old one is carried over.</summary>
    public static BundleDefinition? Definition(CreateOptions options, PublishedTree published, FullRoot full)
    {
        if (published.TryRead(options.Previous, Manifest.MoM) is not { } oldMoM || Row(oldMoM) is not { } row) return null;
        var isLeftAlone = options.MinVersion != options.Version
            && published.Read(row.Version, Name).Records.Count(r => r.IsPresent) <= 1;
        if (isLeftAlone || full.Find(Tracking) < 0) return null;
        var files = new Dictionary<BytePath, bool>();
        for (var path = Tracking; !path.IsEmpty; path = path.Parent) files[path] = false;
        return new BundleDefinition { Name = Name, Files = files };
    }

    public static ManifestRecord? Row(Manifest mom) => mom.Records.FirstOrDefault(r => r.Name == BytePath.From(Name));
}
