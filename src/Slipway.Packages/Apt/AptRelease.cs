using Slipway.Content;

namespace Slipway.Packages.Apt;

/// <summary>The signed release file of a suite that apt verified and keeps beside its indexes.</summary>
internal sealed class AptRelease(Digest digest, string text)
{
    private const long MaxBytes = 64 << 20;

    public Digest Digest => digest;

    /// <param name="prefix">Path of an index up to where its own key begins.</param>
    public static AptRelease? Find(string prefix)
    {
        foreach (var name in (string[])["InRelease", "Release"])
        {
            var file = new FileInfo(prefix + name);
            if (!file.Exists) continue;
            if (file.Length > MaxBytes) throw new SlipwayException($"read {file.FullName}", $"a release file of {file.Length} bytes is not plausible");
            var bytes = File.ReadAllBytes(file.FullName);
            return new AptRelease(Digest.Of(bytes), System.Text.Encoding.UTF8.GetString(bytes));
        }
        return null;
    }

    /// <summary>The sha256 that the release file gives for an uncompressed index, or null.</summary>
    public Digest? ContentOf(string key)
    {
        var within = false;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(" ")) within = line.StartsWith("SHA256:");
            else if (within && line.EndsWith(key) && line[..^key.Length].EndsWith(" ") && line.Length > 65 && Digest.TryParse(line[1..65].ToString(), out var found))
                return found;
        }
        return null;
    }
}
