using System.Text.Json;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>
/// The signed file channel.json beside a channel's version URL: which release the channel points to, for whom and until
/// when (format 3.1). Its signature is channel.json.sig.
/// </summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Channel">The channel's name.</param>
/// <param name="Sequence">Grows by every switch of the channel; a device refuses a lower one than it has seen.</param>
/// <param name="Version">The release the channel points to.</param>
/// <param name="Format">The format of that release's content.</param>
/// <param name="MomDigest">SHA-256 of that release's Manifest.MoM.</param>
/// <param name="RollOut">Who takes the release already.</param>
/// <param name="Expires">After this instant (whole seconds) the pointer is refused: an attacker cannot hold devices back for ever.</param>
public sealed record ChannelPointer(string Stream, string Channel, long Sequence, uint Version, int Format, Digest MomDigest, RollOut RollOut, DateTimeOffset Expires)
{
    /// <summary>The file's name below the channel's version URL.</summary>
    public const string FileName = "channel.json";

    /// <summary>The longest pointer that is read, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The pointer as a file: fixed order of keys, LF, the same bytes for the same pointer.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("stream", Stream);
            json.WriteString("channel", Channel);
            json.WriteNumber("sequence", Sequence);
            json.WriteNumber("version", Version);
            json.WriteNumber("format", Format);
            json.WriteString("momDigest", MomDigest.ToString());
            RollOut.Write(json);
            json.WriteString("expires", ChannelJson.Instant(Expires));
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>The file and its signature.</summary>
    /// <param name="sign">Makes a detached signature over the bytes given to it.</param>
    public (byte[] Content, byte[] Signature) ToSigned(Func<ReadOnlyMemory<byte>, byte[]> sign)
    {
        var content = ToBytes();
        return (content, sign(content));
    }

    /// <summary>Reads a pointer after its signature is checked.</summary>
    public static ChannelPointer ReadSigned(ReadOnlyMemory<byte> content, ReadOnlySpan<byte> signature, TrustRoots roots, string origin)
    {
        ContentSignature.Verify(content.Span, signature, roots, null, origin);
        return Parse(content, origin);
    }

    /// <summary>Reads a pointer, strictly: every key once, none unknown, every value in its range.</summary>
    /// <param name="content">The file.</param>
    /// <param name="origin">What names the file in errors.</param>
    public static ChannelPointer Parse(ReadOnlyMemory<byte> content, string origin)
    {
        if (content.Length > MaxBytes)
        {
            throw new SlipwayException($"channel pointer {origin}", $"it has {content.Length} bytes, at most {MaxBytes} are read", null);
        }
        try
        {
            using var json = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            return Read(new ChannelJson(json.RootElement, ""));
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            throw new SlipwayException($"channel pointer {origin}", error.Message, "publish the channel again");
        }
    }

    private static ChannelPointer Read(ChannelJson json)
    {
        json.AllowOnly("stream", "channel", "sequence", "version", "format", "momDigest", "rollOut", "expires");
        return new ChannelPointer(
            json.Name("stream"),
            json.Name("channel"),
            json.Number("sequence", 1, long.MaxValue),
            (uint)json.Number("version", 1, uint.MaxValue),
            (int)json.Number("format", 1, ushort.MaxValue),
            Digest.Parse(json.Text("momDigest", 64)),
            RollOut.Read(json.Object("rollOut")),
            json.Time("expires"));
    }
}
