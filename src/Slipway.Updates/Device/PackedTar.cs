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
            return read(tar);
        }
        catch (Exception error) when (error is TarException or CompressionException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidContentException(url, "", error is SlipwayException known ? $"{known.What}: {known.Why}" : error.Message, error);
        }
    }
}
