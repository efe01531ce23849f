using System.Text;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Mixing;

/// <summary>One bundle of a composed version: what it includes and which packages it installs.</summary>
/// <param name="HasContent">It merges directories with content() lines besides.</param>
internal sealed record RecordedBundle(string Name, string Status, IReadOnlyList<string> Includes, bool HasContent, IReadOnlyList<ResolvedPackage> Packages);

/// <summary>What a version was resolved to: lies beside its full root, so that versions can be compared without asking any repository again.</summary>
internal static class ImageRecord
{
    public const string FileName = "resolved.packages";

    private const string Heading = "slipway-resolved 1";

    public static byte[] ToBytes(ResolvedMix resolved)
    {
        var text = new StringBuilder(Heading).Append('\n');
        foreach (var bundle in resolved.Resolved)
        {
            var definition = resolved.Bundles[bundle.Name];
            var includes = resolved.Bundles.IncludedWith(bundle.Name).Select(b => b.Name);
            text.Append("bundle\t").AppendJoin('\t', bundle.Name, definition.Header.Status.Replace('\t', ' '), string.Join(',', includes), definition.ContentDirectories.Count > 0 ? "content" : "").Append('\n');
            foreach (var p in bundle.Packages)
                text.Append("package\t").AppendJoin('\t', p.Digest, p.Name, p.Version, p.Architecture, p.Repository, p.Reason.Replace('\t', ' ')).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Null where the version was composed by something else.</summary>
    public static IReadOnlyList<RecordedBundle>? Read(string image)
    {
        var file = Path.Combine(image, FileName);
        if (!File.Exists(file))
            return null;
        var bundles = new List<RecordedBundle>();
        var packages = new List<ResolvedPackage>();
        foreach (var fields in File.ReadLines(file).Skip(1).Select(l => l.Split('\t')))
        {
            switch (fields)
            {
                case ["bundle", var name, var status, var includes, var content]:
                    packages = [];
                    bundles.Add(new RecordedBundle(name, status, includes.Split(',', StringSplitOptions.RemoveEmptyEntries), content.Length > 0, packages));
                    break;
                case ["package", var digest, var name, var version, var architecture, var repository, var reason]:
                    packages.Add(new ResolvedPackage(name, version, architecture, repository, "", Digest.Parse(digest), 0, reason));
                    break;
                default:
                    throw new SlipwayException($"read {file}", "a line is of no known kind", "slipway mix build bundles");
            }
        }
        return bundles;
    }
}
