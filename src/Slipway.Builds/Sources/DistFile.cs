using System.Text;
using Slipway.Builds.Roots;
using Slipway.Content;

namespace Slipway.Builds;

/// <summary>The file of a dist as a build is pinned to it: by digest, in the content store.</summary>
internal static class DistFile
{
    private const int MaxBytes = 1 << 20;

    public static Dist Read(ContentStore store, Digest file, string name, string? architecture = null)
    {
        using var stream = store.Open(file);
        if (stream.Length > MaxBytes) throw new SlipwayException($"dists/{name}.yml", $"it is longer than {MaxBytes} bytes", "a shorter file") { Kind = FailureKind.Usage };
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Dist.Parse(reader.ReadToEnd(), $"dists/{name}.yml", architecture);
    }
}
