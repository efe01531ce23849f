namespace Slipway.Content;

/// <summary>How bytes are compressed.</summary>
public enum Compression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>bzip2.</summary>
    Bzip2,

    /// <summary>The .xz format.</summary>
    Xz,

    /// <summary>Zstandard (RFC 8878).</summary>
    Zstd,
}

/// <summary>What a compressor is told; what is unset is the library's own default.</summary>
public sealed record CompressionOptions
{
    /// <summary>The level of the method: gzip 0 to 9, bzip2 1 to 9, xz preset 0 to 9, zstd 1 to 22.</summary>
    public int? Level { get; init; }

    /// <summary>xz: bytes of the dictionary; unset is what the preset has.</summary>
    public uint? XzDictionaryBytes { get; init; }

    /// <summary>xz: passes the bytes through the filter for x86 machine code first.</summary>
    public bool XzX86Filter { get; init; }

    /// <summary>xz: the slower form of the preset.</summary>
    public bool XzExtreme { get; init; }

    /// <summary>xz: how many earlier places are looked at for each match; unset is what the preset has.</summary>
    public int? XzSearchDepth { get; init; }

    /// <summary>xz: a match of so many bytes is taken without looking for a longer one, 5 to 273; unset is what the preset has.</summary>
    public int? XzNiceBytes { get; init; }

    /// <summary>xz: models what follows by the four bits before it and by no alignment, as suits text.</summary>
    public bool XzText { get; init; }

    /// <summary>zstd: the window in powers of two; unset is what the level has.</summary>
    public int? ZstdWindowLog { get; init; }

    /// <summary>zstd: also looks for long repetitions far back in the window.</summary>
    public bool ZstdLongDistance { get; init; }

    /// <summary>zstd: exactly how many bytes will be written; the library then takes time and memory for no more than that. Unset: unknown.</summary>
    public long? ZstdContentBytes { get; init; }

    /// <summary>zstd: appends a checksum of the content to the frame.</summary>
    public bool ZstdChecksum { get; init; }
}

/// <summary>Compressed bytes that are damaged, cut off or ask for too much memory.</summary>
public sealed class CompressionException(Compression kind, string why)
    : SlipwayException($"{kind} data", why, "get the file again; if it stays the same, do not trust it");

/// <summary>Streams that compress and decompress in bounded memory. Concatenated frames and streams are read as one.</summary>
public static class Compressor
{
    /// <summary>The longest signature <see cref="Detect"/> looks at.</summary>
    public const int SignatureLength = 6;

    /// <summary>A stream whose written bytes arrive compressed at the destination; disposing it ends the compressed data.</summary>
    /// <param name="destination">Where the compressed bytes go.</param>
    /// <param name="kind">The method.</param>
    /// <param name="level">See <see cref="CompressionOptions.Level"/>; -1 is the method's default.</param>
    /// <param name="leaveOpen">True keeps the destination open.</param>
    public static Stream Compress(Stream destination, Compression kind, int level = -1, bool leaveOpen = false) =>
        Compress(destination, kind, new CompressionOptions { Level = level < 0 ? null : level }, leaveOpen);

    /// <inheritdoc cref="Compress(Stream, Compression, int, bool)"/>
    public static Stream Compress(Stream destination, Compression kind, CompressionOptions options, bool leaveOpen = false) => kind switch
    {
        Compression.None => new PassThroughStream(destination, leaveOpen),
        Compression.Gzip => new EncodingStream(destination, new GzipEncoder(options), leaveOpen),
        Compression.Bzip2 => new EncodingStream(destination, new Bzip2Encoder(options), leaveOpen),
        Compression.Xz => new EncodingStream(destination, new XzEncoder(options), leaveOpen),
        Compression.Zstd => new EncodingStream(destination, new ZstdEncoder(options), leaveOpen),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>All bytes at once.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> content, Compression kind, CompressionOptions? options = null)
    {
        var compressed = new MemoryStream();
        var sized = (options ?? new CompressionOptions()) with { ZstdContentBytes = content.Length };
        using (var stream = Compress(compressed, kind, sized, leaveOpen: true)) stream.Write(content);
        return compressed.ToArray();
    }

    /// <summary>A stream that reads the decompressed bytes of the source.</summary>
    public static Stream Decompress(Stream source, Compression kind, bool leaveOpen = false) => kind switch
    {
        Compression.None => new PassThroughStream(source, leaveOpen),
        Compression.Gzip => new DecodingStream(source, new GzipDecoder(), leaveOpen),
        Compression.Bzip2 => new DecodingStream(source, new Bzip2Decoder(), leaveOpen),
        Compression.Xz => new DecodingStream(source, new XzDecoder(), leaveOpen),
        Compression.Zstd => new DecodingStream(source, new ZstdDecoder(), leaveOpen),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>All bytes at once; refused when they decompress to more than allowed.</summary>
    public static byte[] Decompress(ReadOnlyMemory<byte> compressed, Compression kind, int maxBytes)
    {
        using var source = new MemoryStream(compressed.ToArray(), writable: false);
        using var stream = Decompress(source, kind);
        var content = new MemoryStream();
        var block = new byte[1 << 16];
        int read;
        while ((read = stream.Read(block)) > 0)
        {
            if (content.Length + read > maxBytes) throw new CompressionException(kind, $"it decompresses to more than {maxBytes} bytes");
            content.Write(block, 0, read);
        }

        return content.ToArray();
    }

    /// <summary>The method by the first bytes of the data; None when no signature is there.</summary>
    public static Compression Detect(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b])) return Compression.Gzip;
        if (head.StartsWith("BZh"u8)) return Compression.Bzip2;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0])) return Compression.Xz;
        return head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? Compression.Zstd : Compression.None;
    }

    /// <summary>Decompresses by the signature at the source's position; what has none is read as it is. The source is closed with the stream.</summary>
    public static Stream DecompressDetected(Stream source)
    {
        var head = new byte[SignatureLength];
        var read = source.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var kind = Detect(head.AsSpan(0, read));
        if (source.CanSeek)
        {
            source.Seek(-read, SeekOrigin.Current);
            return Decompress(source, kind);
        }

        return Decompress(new PrefixedStream(head[..read], source), kind);
    }
}
