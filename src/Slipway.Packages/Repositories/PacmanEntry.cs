using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>A package's <c>desc</c> and <c>files</c> in a pacman database.</summary>
internal static class PacmanEntry
{
    public static byte[] Description(PackageRecord record, string md5, Digest digest, string fileName, byte[] signature)
    {
        var text = new StringBuilder();
        void Section(string name, params IEnumerable<string> values)
        {
            var lines = values.Where(value => value.Length > 0).ToList();
            if (lines.Count == 0) return;
            // A line of %...% within a value would begin a section of its own.
            if (lines.FirstOrDefault(line => line.Contains('\n') || line.StartsWith('%')) is { } bad)
                throw new SlipwayException($"package {record.Name} {record.Version}", $"its field {name} has the value '{bad}', which a database cannot hold", "build the package again");
            text.Append('%').Append(name).Append("%\n").AppendJoin('\n', lines).Append("\n\n");
        }
        IEnumerable<string> All(string key) => record.Fields.Where(field => field.Key == key).Select(field => field.Value);
        Section("FILENAME", fileName);
        Section("NAME", record.Name);
        Section("BASE", record.Source);
        Section("VERSION", record.Version);
        Section("DESC", All("pkgdesc"));
        Section("GROUPS", All("group"));
        Section("CSIZE", record.Size.ToString(CultureInfo.InvariantCulture));
        Section("ISIZE", record.InstalledSize.ToString(CultureInfo.InvariantCulture));
        Section("MD5SUM", md5);
        Section("SHA256SUM", digest.ToString());
        Section("PGPSIG", Convert.ToBase64String(signature));
        Section("URL", All("url"));
        Section("LICENSE", All("license"));
        Section("ARCH", record.Architecture);
        Section("BUILDDATE", All("builddate"));
        Section("PACKAGER", All("packager"));
        foreach (var (section, key) in new[] { ("REPLACES", "replaces"), ("CONFLICTS", "conflict"), ("PROVIDES", "provides"), ("DEPENDS", "depend"), ("OPTDEPENDS", "optdepend"), ("MAKEDEPENDS", "makedepend"), ("CHECKDEPENDS", "checkdepend") })
            Section(section, All(key));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The paths in the order of their bytes, each once.</summary>
    public static byte[] Files(IReadOnlyList<PackagedFile> files)
    {
        var lines = new List<byte[]>(files.Count);
        foreach (var file in files)
        {
            var path = file.Path.Relative.Span;
            if (!path.Contains((byte)'\n')) lines.Add(file.Type == NodeType.Directory ? [.. path, (byte)'/', (byte)'\n'] : [.. path, (byte)'\n']);
        }
        lines.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
        var text = new MemoryStream();
        text.Write("%FILES%\n"u8);
        for (var i = 0; i < lines.Count; i++)
            if (i == 0 || !lines[i].AsSpan().SequenceEqual(lines[i - 1])) text.Write(lines[i]);
        return text.ToArray();
    }
}
