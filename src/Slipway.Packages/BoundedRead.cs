using Slipway.Content;

namespace Slipway.Packages;

/// <summary>Reads from files of others into memory, never more than stated.</summary>
internal static class BoundedRead
{
    /// <summary>The whole stream.</summary>
    public static byte[] All(Stream stream, long maxBytes, string what)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (memory.Length + read > maxBytes) throw new SlipwayException($"read {what}", $"it holds more than the {maxBytes} bytes allowed");
            memory.Write(buffer, 0, read);
        }
        return memory.ToArray();
    }

    /// <summary>Exactly this many bytes.</summary>
    public static byte[] Exactly(Stream stream, int length, string what)
    {
        var buffer = new byte[length];
        if (stream.ReadAtLeast(buffer, length, throwOnEndOfStream: false) < length) throw new PackageFormatException($"the file ends within {what}");
        return buffer;
    }
}
