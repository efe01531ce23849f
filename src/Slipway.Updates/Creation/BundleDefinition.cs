using System.Text;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>What a bundle is to hold: its bundle-info, and the paths that were added by hand.</summary>
internal sealed record BundleDefinition
{
    private const int MaxInfoBytes = 512 << 20;

    public required string Name { get; init; }

    public bool Experimental { get; init; }

    public IReadOnlyList<string> DirectIncludes { get; init; } = [];

    public IReadOnlyList<string> OptionalIncludes { get; init; } = [];

    /// <summary>Path and whether it is exported.</summary>
    public required IReadOnlyDictionary<BytePath, bool> Files { get; init; }

    /// <summary>A chroot of the bundle's own, where there is no bundle-info (the older kind of input).</summary>
    public string? Chroot { get; init; }

    /// <summary>Digest of the files that it was read from; null where it is not only made of them.</summary>
    public Digest? Input { get; init; }

    public static BundleDefinition Read(string stateDirectory, string imageDirectory, string bundle)
    {
        var info = Path.Combine(imageDirectory, bundle + "-info");
        var chroot = Path.Combine(imageDirectory, bundle);
        var definition =
            File.Exists(info) ? ReadInfo(info, bundle)
            : Directory.Exists(chroot) ? new BundleDefinition
            {
                Name = bundle,
                Files = new Dictionary<BytePath, bool>(),
                Chroot = chroot,
                DirectIncludes = ReadIncludes(Path.Combine(imageDirectory, "noship", bundle + "-includes")),
            }
            : throw new SlipwayException($"cannot make bundle {bundle}", $"there is neither {info} nor a directory {chroot}",
                "compose the bundle first, or take it out of groups.ini")
            { Kind = FailureKind.Usage };
        return definition.WithExtraFiles(Path.Combine(imageDirectory, bundle + "-extra-files"))
            ?? definition.WithExtraFiles(Path.Combine(stateDirectory, bundle + "-extra-files"))
            ?? definition;
    }

    /// <summary>With these paths besides, none of them exported.</summary>
    public BundleDefinition WithFiles(IEnumerable<BytePath> paths, Digest? input = null)
    {
        var files = new Dictionary<BytePath, bool>(Files);
        foreach (var path in paths) files.TryAdd(path, false);
        return this with { Files = files, Input = input };
    }

    private BundleDefinition? WithExtraFiles(string file)
    {
        if (!File.Exists(file)) return null;
        var paths = new List<BytePath>();
        var content = File.ReadAllBytes(file);
        ReadOnlySpan<byte> text = content;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.IsEmpty) continue;
            if (line[0] != '/')
                throw new SlipwayException($"cannot use {file}", $"a path without leading slash: {new BytePath(line)}",
                    "write each path from the root")
                { Kind = FailureKind.Usage };
            paths.Add(new BytePath(line));
        }

        return WithFiles(paths, Input is { } own ? Digest.Of([.. own.ToBytes(), .. Digest.Of(content).ToBytes()]) : null);
    }

    private static BundleDefinition ReadInfo(string file, string bundle)
    {
        if (new FileInfo(file).Length > MaxInfoBytes) throw new SlipwayException($"cannot use {file}", "it is far too large");
        try
        {
            var json = File.ReadAllBytes(file);
            return ReadInfo(json, bundle) with { Input = Digest.Of(json) };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new SlipwayException($"cannot use {file}", e.Message, "compose the bundle again", e);
        }
    }

    private static BundleDefinition ReadInfo(ReadOnlySpan<byte> json, string bundle)
    {
        var reader = new Utf8JsonReader(json);
        var definition = new BundleDefinition { Name = bundle, Files = new Dictionary<BytePath, bool>() };
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("it is no JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            definition = key switch
            {
                "Header" => definition with { Experimental = ReadStatus(ref reader) == "Experimental" },
                "DirectIncludes" => definition with { DirectIncludes = ReadStrings(ref reader) },
                "OptionalIncludes" => definition with { OptionalIncludes = ReadStrings(ref reader) },
                "Files" => definition with { Files = ReadFiles(ref reader) },
                _ => Skipped(definition, ref reader),
            };
        }

        return definition;
    }

    private static BundleDefinition Skipped(BundleDefinition definition, ref Utf8JsonReader reader)
    {
        reader.Skip();
        return definition;
    }

    private static string? ReadStatus(ref Utf8JsonReader reader)
    {
        using var header = JsonDocument.ParseValue(ref reader);
        return header.RootElement.ValueKind == JsonValueKind.Object && header.RootElement.TryGetProperty("Status", out var status)
            ? status.GetString()
            : null;
    }

    private static List<string> ReadStrings(ref Utf8JsonReader reader) =>
        JsonSerializer.Deserialize<List<string>?>(ref reader) ?? [];

    private static Dictionary<BytePath, bool> ReadFiles(ref Utf8JsonReader reader)
    {
        var files = new Dictionary<BytePath, bool>();
        if (reader.TokenType == JsonTokenType.Null) return files;
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("\"Files\" is no object");
        var buffer = new byte[8192];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueSpan.Length > buffer.Length) throw new JsonException("a path that no file can have");
            var path = new BytePath(buffer.AsSpan(0, reader.CopyString(buffer)));
            reader.Read();
            files[path] = reader.GetBoolean();
        }

        return files;
    }

    private static IReadOnlyList<string> ReadIncludes(string file) =>
        File.Exists(file) ? [.. File.ReadLines(file, Encoding.UTF8).Select(l => l.Trim()).Where(l => l.Length > 0)] : [];
}
