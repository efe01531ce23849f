using System.Buffers.Binary;
using System.Diagnostics;
using Slipway.Content;

namespace Slipway.Bench.Content;

/// <summary>How large deltas of the same pairs of files are by the original engine's rules: bsdiff, and for each of its streams the best of
/// gzip 9, xz 9e and bzip2 9, the latter two with the original's handicap.</summary>
internal static class OriginalDeltas
{
    private const int HeadBytes = 67;

    /// <summary>Megabytes of the deltas that are published from one version to another: the original's, and ours.</summary>
    public static (double Original, double Ours) Megabytes(string directory, string from, string to)
    {
        var (before, after) = (Paths(directory, from), Paths(directory, to));
        var scratch = Directory.CreateTempSubdirectory("bench-deltas");
        try
        {
            long original = 0, ours = 0;
            Parallel.ForEach(Directory.GetFiles(Path.Combine(directory, "www", to, "delta")), delta =>
            {
                var hashes = Path.GetFileName(delta).Split('-')[2..];
                if (!before.TryGetValue(hashes[0], out var old) || !after.TryGetValue(hashes[1], out var target)) return;
                Interlocked.Add(ref original, SizeOf(old, target, Path.Combine(scratch.FullName, hashes[1])));
                Interlocked.Add(ref ours, new FileInfo(delta).Length);
            });
            return (original / 1e6, ours / 1e6);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>A file of the tree for each hash of the full manifest.</summary>
    private static Dictionary<string, string> Paths(string directory, string version) =>
        File.ReadLines(Path.Combine(directory, "www", version, "Manifest.full")).Select(l => l.Split('\t'))
            .Where(f => f.Length == 4 && f[0][0] == 'F').DistinctBy(f => f[1])
            .ToDictionary(f => f[1], f => Path.Combine(directory, "image", version, "full") + f[3]);

    private static long SizeOf(string old, string target, string patch)
    {
        using (var bsdiff = Process.Start("bsdiff", [old, target, patch]))
        {
            bsdiff.WaitForExit();
            if (bsdiff.ExitCode != 0) throw new InvalidOperationException($"bsdiff failed on {target} (it is in the package bsdiff)");
        }

        // "BSDIFF40", then the lengths of control, differences and the new file; what is left is the inserts.
        var bytes = File.ReadAllBytes(patch);
        File.Delete(patch);
        const int head = 32;
        var control = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
        var diff = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16));
        return HeadBytes + Best(Plain(bytes, head, control)) + Best(Plain(bytes, head + control, diff))
            + Best(Plain(bytes, head + control + diff, bytes.Length - head - control - diff));
    }

    private static byte[] Plain(byte[] bytes, int start, int length)
    {
        using var stream = Compressor.DecompressDetected(new MemoryStream(bytes, start, length));
        var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    private static int Best(byte[] raw)
    {
        const int countBytes = 8;
        if (raw.Length > countBytes && !raw.AsSpan().ContainsAnyExcept((byte)0)) return countBytes;
        var best = raw.Length;
        if (raw.Length == 0) return best;
        best = Math.Min(best, Compressor.Compress(raw, Compression.Gzip, new CompressionOptions { Level = 9 }).Length);
        var xz = Compressor.Compress(raw, Compression.Xz, new CompressionOptions { Level = 9, XzExtreme = true }).Length;
        if (xz * 1.01 + 64 < best) best = xz;
        var bzip2 = Compressor.Compress(raw, Compression.Bzip2, new CompressionOptions { Level = 9 }).Length;
        return bzip2 * 1.05 + 512 < best ? bzip2 : best;
    }
}
