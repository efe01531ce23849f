using Slipway.Content;

namespace Slipway.Packages.Tests;

/// <summary>A payload as lines, to compare with what was packed.</summary>
internal static class Payload
{
    public static List<string> Lines(string package, PackageType? type = null)
    {
        var lines = new List<string>();
        PackageFile.ReadContent(package, (entry, content) =>
        {
            var what = entry.Type switch
            {
                NodeType.Regular => Digest.OfStream(content!).ToString()[..12],
                NodeType.Symlink or NodeType.HardLink => entry.LinkTarget.ToString(),
                _ => "",
            };
            lines.Add($"{entry.Name} {entry.Type} {Convert.ToString(entry.Mode, 8)} {what}".TrimEnd());
        }, type);
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    public static string DigestOf(string text) => Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).ToString()[..12];
}
