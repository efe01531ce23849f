using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>A compressed tar from outside: whatever is wrong with it is an <see cref="InvalidContentException"/> that names its URL.</summary>
internal static class PackedTar
{
    public static T Read<T>(string url, Stream packed, TarLimits limits, Func<TarReader, T> read)
    {
        try
        {
            using var plain = Compressor.DecompressDetected(packed);
            using var tar = new TarReader(plain, limits);
            var result = read(tar);
            Drain(plain);
            return result;
        }
        catch (Exception error) when (error is TarException or CompressionException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidContentException(url, "", error is SlipwayException known ? $"{known.What}: {known.Why}" : error.Message, error);
        }
    }

    /// <summary>What follows the archive is only its padding; reading it lets the codec check its own sums.</summary>
    private static void Drain(Stream plain)
    {
        const int MaxPadding = 1 << 20;
        var block = new byte[8192];
        var total = 0;
        int read;
        while ((read = plain.Read(block)) > 0)
        {
            total += read;
            if (total > MaxPadding || block.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                throw new InvalidDataException("something follows the end of the archive");
            }
        }
    }
}
