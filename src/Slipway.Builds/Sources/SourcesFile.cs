using System.Text;
using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Builds;

/// <summary>One line of a package's <c>sources</c> file: a file that is not in git, known by its digest.</summary>
/// <param name="Origin">
/// Where it can be had: <c>apt-source:NAME</c> (a file of that source package of the machine's distribution), an <c>https://</c> address,
/// <c>git+https://HOST/REPOSITORY#COMMIT:PATH</c>, or <c>-</c> for a file that somebody has put into the content store.
/// </param>
public sealed record SourceFile(Digest Digest, string Name, string Origin);

/// <summary>Reads <c>sources</c>: lines of <c>sha256  filename  origin</c>; empty lines and lines that begin with # do not count.</summary>
public static partial class SourcesFile
{
    /// <summary>The file's name in a package directory.</summary>
    public const string FileName = "sources";
    private const int MaxFiles = 1000;

    public static IReadOnlyList<SourceFile> Parse(string text, string file, out IReadOnlyList<SourceFault> faults)
    {
        var sources = new List<SourceFile>();
        var found = new List<SourceFault>();
        var number = 0;
        foreach (var line in text.Split('\n').Take(MaxFiles))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } words || words[0] == '#') continue;
            var parts = words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (Wrong(parts) is { } error) found.Add(new(file, number, error));
            else sources.Add(new(Digest.Parse(parts[0]), parts[1], parts[2]));
        }
        foreach (var twice in sources.GroupBy(source => source.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            found.Add(new(file, 1, $"`{twice.Key}` is named twice"));
        faults = found;
        return sources;
    }

    internal static List<SourceFault> Check(PackagePath package, Func<string, byte[]?> read)
    {
        var file = $"{package}/{FileName}";
        if (read(file) is not { } bytes) return [];
        Parse(Encoding.UTF8.GetString(bytes), file, out var faults);
        return [.. faults];
    }

    private static string? Wrong(string[] parts)
    {
        if (parts.Length != 3) return "needs three words: sha256, file name, origin";
        if (!Digest.TryParse(parts[0], out _)) return $"`{parts[0]}` is no sha256";
        if (!Name().IsMatch(parts[1]) || parts[1] is "." or "..") return $"`{parts[1]}` is no plain file name";
        return Origin().IsMatch(parts[2]) ? null : $"`{parts[2]}` is no origin: use apt-source:NAME, an https address, git+https://HOST/REPOSITORY#COMMIT:PATH, or -";
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._+~@:-]{1,255}\z")]
    private static partial Regex Name();
    [GeneratedRegex(@"\A(apt-source:[a-z0-9][a-z0-9.+-]{0,100}|https://[^\s]{1,2000}|git\+https://[^\s#]{1,1000}#[0-9a-f]{40}:[^\s]{1,1000}|-)\z")]
    private static partial Regex Origin();
}
