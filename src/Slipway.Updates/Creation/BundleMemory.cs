using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Remembers of each bundle which input its manifest was made of: with the same input again, nothing is worked out.</summary>
internal sealed class BundleMemory(string directory)
{
    /// <summary>True when this input gave the manifest that is in force, and the minimum version changes nothing in it.</summary>
    public bool IsUnchanged(string bundle, Digest input, ManifestRecord inForce, uint minVersion)
    {
        var file = Path.Combine(directory, bundle);
        if (!File.Exists(file)) return false;
        var fields = File.ReadAllText(file).TrimEnd('\n').Split(' ');
        return fields.Length == 3 && fields[0] == input.ToString() && fields[1] == inForce.Hash.ToString()
            && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var oldest) && minVersion <= oldest;
    }

    public void Remember(DraftManifest draft, Digest input, ManifestRecord row)
    {
        var oldest = draft.Records.Where(r => r.IsPresent).Select(r => r.Version).DefaultIfEmpty(row.Version).Min();
        Directory.CreateDirectory(directory);
        var text = string.Create(CultureInfo.InvariantCulture, $"{input} {row.Hash} {oldest}\n");
        var file = Path.Combine(directory, draft.Name);
        if (!File.Exists(file) || File.ReadAllText(file) != text) AtomicFile.WriteText(file, text);
    }

    /// <summary>Everything that a bundle's records follow from, but for the manifest before; null where that is not known beforehand,
    /// or where the format writes the bundle anew each time.</summary>
    public static Digest? InputOf(BundleDefinition bundle, IReadOnlyList<string> lists, IEnumerable<BundleDefinition> closure, IEnumerable<FullNode> nodes, int format, ServerConfiguration configuration)
    {
        if (bundle.Input is null || (format < ManifestWriter.AlsoAddSince && bundle.OptionalIncludes.Count > 0)) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add($"1 {format} {configuration.DebugBanned} {configuration.DebugLibraries} {configuration.DebugSources} {bundle.Name} {bundle.Input}\n{string.Join('\n', lists)}\n");
        foreach (var other in closure)
        {
            if (other.Input is null) return null;
            Add($"{other.Name} {other.Input}\n");
        }

        Span<byte> bytes = stackalloc byte[32];
        foreach (var node in nodes)
        {
            // Links among variants are never written, and so are new each time (format 1.7).
            if (node.Type == RecordType.Link && VariantPath.VariantOf(node.Path) != Variant.Base) return null;
            node.Hash.CopyTo(bytes);
            hash.AppendData(bytes);
            hash.AppendData(node.Path.Span);
        }

        return Digest.FromBytes(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
