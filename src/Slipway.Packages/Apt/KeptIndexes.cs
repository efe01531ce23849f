using Slipway.Content;

namespace Slipway.Packages.Apt;

/// <summary>Copies of verified indexes by their sha256: apt replaces its own files in an update, while a solver may be about to read them.</summary>
internal sealed class KeptIndexes(string directory)
{
    // Longer than anybody holds the name of an index before reading it.
    private static readonly TimeSpan Grace = TimeSpan.FromHours(2);

    public AptIndexFile Keep(AptIndexFile index)
    {
        if (index.Content is not { } content) return index;
        Directory.CreateDirectory(directory);
        var place = Path.Combine(directory, content.ToString());
        if (!File.Exists(place))
        {
            using var source = File.OpenRead(index.File);
            AtomicFile.Write(place, source.CopyTo);
            var found = Digest.OfFile(place);
            if (found != content)
            {
                File.Delete(place);
                throw new SlipwayException($"read {index.File}", $"its sha256 is {found}, its release file says {content}", "update the package lists again");
            }
        }
        return index with { File = place };
    }

    /// <summary>Removes what no index of the list is any more, after a while.</summary>
    public void Prune(IReadOnlyList<AptIndexFile> current, DateTimeOffset now)
    {
        if (!Directory.Exists(directory)) return;
        foreach (var file in Directory.GetFiles(directory))
            if (current.All(i => i.File != file) && now - File.GetLastWriteTimeUtc(file) > Grace) File.Delete(file);
    }
}
