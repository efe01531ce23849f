using System.Text;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Builds.Roots;

/// <summary>A file that a build made.</summary>
public sealed record RecordedFile(string Name, long Size, string Sha256);

/// <summary>How an attempt was made, for whoever wants to know or do it again: `record.json` beside the log.</summary>
public sealed record BuildRecord
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    public required string Package { get; init; }

    public required string Dist { get; init; }

    public required string Architecture { get; init; }

    public required long Build { get; init; }

    public required int Attempt { get; init; }

    /// <summary>The commit of the package's files; null when there is none.</summary>
    public string? Commit { get; init; }

    /// <summary>sha256 over names, modes and digests of the package's files, fetched ones included.</summary>
    public required string RecipeDigest { get; init; }

    /// <summary>The digest that names the build root, made of everything installed in it; null when there was none.</summary>
    public string? Root { get; init; }

    /// <summary>Name and version of every package in the root.</summary>
    public IReadOnlyDictionary<string, string> Resolved { get; init; } = new Dictionary<string, string>();

    /// <summary>Versions of the programs that made the package.</summary>
    public IReadOnlyDictionary<string, string> Tools { get; init; } = new Dictionary<string, string>();

    /// <summary>The variables the recipe had.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public required DateTimeOffset Started { get; init; }

    public required double PrepareSeconds { get; init; }

    public required double BuildSeconds { get; init; }

    /// <summary>Processor time of the recipe, all its processes together.</summary>
    public double ProcessorSeconds { get; init; }

    public long PeakMemoryBytes { get; init; }

    /// <summary>What enforced the limits: `cgroup v2`, `cgroup v1` or `weak`; `none` when the recipe did not start.</summary>
    public required string Limits { get; init; }

    /// <summary>The limits that were reached: wall, silence, memory, processes, disk, machineDisk.</summary>
    public IReadOnlyList<string> LimitsReached { get; init; } = [];

    /// <summary>Bytes of the recipe's output that the log does not have.</summary>
    public long LogBytesDropped { get; init; }

    public required bool Succeeded { get; init; }

    /// <summary>Why it failed; null on success.</summary>
    public string? Cause { get; init; }

    /// <summary>Exit code of the recipe; null when it did not end by itself.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that killed the recipe, or null.</summary>
    public int? Signal { get; init; }

    public IReadOnlyList<RecordedFile> Files { get; init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, Options) + "\n";

    /// <summary>The digest of a package directory.</summary>
    internal static string DigestOf(string directory)
    {
        using var tree = RootedTree.Open(directory);
        var lines = new StringBuilder();
        foreach (var (path, stat) in tree.Walk())
        {
            var content = stat.Type switch
            {
                NodeType.Regular => DigestOf(tree, path),
                NodeType.Symlink => Digest.Of(tree.ReadLink(path).Span).ToString(),
                _ => "",
            };
            // Of a file's mode git keeps only whether it can be run. Hexadecimal, since names may hold line ends.
            lines.Append(Convert.ToHexString(path.Span)).Append(' ').Append(stat.Type).Append(' ').Append((stat.Mode & 0x40) != 0 && stat.Type == NodeType.Regular ? 'x' : '-').Append(' ').Append(content).Append('\n');
        }
        return Digest.Of(Encoding.ASCII.GetBytes(lines.ToString())).ToString();
    }

    private static string DigestOf(RootedTree tree, BytePath path)
    {
        using var content = tree.OpenRead(path);
        return Digest.OfStream(content).ToString();
    }
}
