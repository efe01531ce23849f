using System.Text;
using Slipway.Compose.Bundles;
using Slipway.Content;

namespace Slipway.Releases.Providers;

/// <summary>An archive of bundle definitions (.tar.gz): files directly below a directory named bundles, and a packages file beside that.</summary>
internal static class BundleArchive
{
    private const int MaxFileBytes = 1 << 20;

    public static SortedDictionary<string, BundleDefinition> Read(byte[] archive, string origin)
    {
        var bundles = new SortedDictionary<string, BundleDefinition>(StringComparer.Ordinal);
        var errors = new List<ConfigError>();
        using var plain = Compressor.Decompress(new MemoryStream(archive), Compression.Gzip);
        using var tar = new TarReader(plain, new TarLimits { MaxEntries = 100_000, MaxEntryBytes = MaxFileBytes, MaxTotalBytes = 256 << 20 });
        while (tar.Next() is { } entry)
        {
            var parts = entry.Name.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (entry.Type != NodeType.Regular || parts.Length == 0 || parts[^1].StartsWith('.'))
                continue;
            using var reader = new StreamReader(tar.Content, Encoding.UTF8, leaveOpen: true);
            if (parts.Length > 1 && parts[^2] == "bundles")
                bundles[parts[^1]] = BundleParser.Parse(parts[^1], entry.Name.ToString(), reader.ReadToEnd(), errors);
            else if (parts[^1] == "packages")
            {
                foreach (var package in BundleParser.ParsePackagesList("packages", reader.ReadToEnd(), errors))
                    bundles.TryAdd(package.Name, package);
            }
        }
        return errors.Count == 0 ? bundles : throw new SlipwayException($"read {origin}", errors[0].ToString(), "tell the upstream's maintainers") { Kind = FailureKind.Failed };
    }

    /// <summary>The wanted ones and all they lead to.</summary>
    public static SortedDictionary<string, BundleDefinition> Closed(IReadOnlyDictionary<string, BundleDefinition> bundles, IReadOnlyList<string> wanted)
    {
        var errors = new List<ConfigError>();
        var closed = BundleSet.Close(wanted, bundles, Configuration.StreamConfigReader.FileName, errors);
        return errors.Count == 0 ? new(closed.Bundles.ToDictionary(b => b.Name), StringComparer.Ordinal) : throw new ConfigException(errors);
    }

    public static byte[] Write(IReadOnlyList<BundleDefinition> bundles, long time)
    {
        using var buffer = new MemoryStream();
        using (var packed = Compressor.Compress(buffer, Compression.Gzip, leaveOpen: true))
        using (var tar = new TarWriter(packed, leaveOpen: true))
        {
            foreach (var bundle in bundles.OrderBy(b => b.Name, StringComparer.Ordinal))
            {
                var text = Encoding.UTF8.GetBytes(Text(bundle));
                tar.Add(new TarEntry { Name = BytePath.From($"bundles/{bundle.Name}"), Type = NodeType.Regular, Mode = 0x1a4, Size = text.Length, ModifiedUnix = time }, text);
            }
        }
        return buffer.ToArray();
    }

    /// <summary>A definition file that says what the definition says.</summary>
    public static string Text(BundleDefinition bundle)
    {
        var text = new StringBuilder();
        void Field(string key, string value)
        {
            if (value.Length > 0)
                text.Append($"# [{key}]: {value}\n");
        }
        Field("TITLE", bundle.Header.Title);
        Field("DESCRIPTION", bundle.Header.Description);
        Field("STATUS", bundle.Header.Status);
        Field("CAPABILITIES", bundle.Header.Capabilities);
        Field("MAINTAINER", bundle.IsSinglePackage ? "pundle" : bundle.Header.Maintainer);
        foreach (var include in bundle.Includes)
            text.Append($"include({include})\n");
        foreach (var also in bundle.AlsoAdd)
            text.Append($"also-add({also})\n");
        foreach (var path in bundle.UnExported)
            text.Append($"un-export({path})\n");
        foreach (var package in bundle.Packages)
            text.Append(package).Append('\n');
        return text.ToString();
    }
}
