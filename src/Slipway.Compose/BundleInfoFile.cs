using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slipway.Compose.Bundles;
using Slipway.Compose.Roots;
using Slipway.Content;

namespace Slipway.Compose;

/// <summary>The bundle-info file (format clause 2.6) and, for names JSON cannot hold, the extra-files list of clause 1.7.</summary>
internal static class BundleInfoFile
{
    private static readonly JsonWriterOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Json(BundleDefinition bundle, IEnumerable<string> allPackages, IReadOnlyCollection<BytePath> files)
    {
        var unExported = bundle.UnExported.Select(p => BytePath.From(p).Relative).ToHashSet();
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, s_compact))
        {
            json.WriteStartObject();
            json.WriteString("Name", bundle.Name);
            json.WriteString("Filename", bundle.Name);
            Header(json, bundle.Header);
            Names(json, "DirectIncludes", bundle.Includes);
            Names(json, "OptionalIncludes", bundle.AlsoAdd);
            Packages(json, "DirectPackages", bundle.Packages);
            Packages(json, "AllPackages", allPackages);
            json.WriteStartObject("Files");
            foreach (var file in files.Where(IsUtf8).Order())
                json.WriteBoolean("/" + Encoding.UTF8.GetString(file.Span), RootFilter.IsBinary(file) && !unExported.Contains(file));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return text.ToArray();
    }

    /// <summary>One absolute path a line, for the paths that are not UTF-8; null when there are none.</summary>
    public static byte[]? ExtraFiles(IReadOnlyCollection<BytePath> files)
    {
        var extra = files.Where(f => !IsUtf8(f)).Order().ToList();
        if (extra.Count == 0)
            return null;
        using var text = new MemoryStream();
        foreach (var file in extra)
        {
            text.WriteByte((byte)'/');
            text.Write(file.Span);
            text.WriteByte((byte)'\n');
        }
        return text.ToArray();
    }

    private static bool IsUtf8(BytePath path) => System.Text.Unicode.Utf8.IsValid(path.Span);

    private static void Header(Utf8JsonWriter json, BundleHeader header)
    {
        json.WriteStartObject("Header");
        json.WriteString("Title", header.Title);
        json.WriteString("Description", header.Description);
        json.WriteString("Status", header.Status);
        json.WriteString("Capabilities", header.Capabilities);
        json.WriteString("Maintainer", header.Maintainer);
        json.WriteEndObject();
    }

    private static void Names(Utf8JsonWriter json, string key, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            json.WriteNull(key);
            return;
        }
        json.WriteStartArray(key);
        foreach (var name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static void Packages(Utf8JsonWriter json, string key, IEnumerable<string> names)
    {
        json.WriteStartObject(key);
        foreach (var name in names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            json.WriteBoolean(name, true);
        json.WriteEndObject();
    }
}
