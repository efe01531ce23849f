using Slipway.Content;

namespace Slipway.Packages.Rpm;

/// <summary>The outer form of an rpm file: lead, signature header padded to eight bytes, header, payload to the end.</summary>
internal sealed record RpmFile(RpmHeader Signature, RpmHeader Header, long HeaderStart, long PayloadStart)
{
    private const int LeadLength = 96;
    private const ulong NewestFormat = 6;

    public static RpmFile Open(Stream file)
    {
        file.Position = 0;
        var lead = BoundedRead.Exactly(file, LeadLength, "the lead");
        if (!lead.AsSpan(0, 4).SequenceEqual((ReadOnlySpan<byte>)[0xed, 0xab, 0xee, 0xdb])) throw new PackageFormatException("it does not begin like an rpm");
        var signature = RpmHeader.Read(file, "the signature header");
        var start = LeadLength + (signature.Length + 7) / 8 * 8;
        if (start > file.Length) throw new PackageFormatException("the file ends within the signature header");
        file.Position = start;
        var header = RpmHeader.Read(file, "the header");
        // The lead's own version stays 4 in the sixth format, so the header's word counts.
        if (header.Number(RpmTag.Format) > NewestFormat) throw new PackageFormatException($"its format is {header.Number(RpmTag.Format)}, newer than this program knows");
        RpmDigests.CheckHeader(signature, new FileSection(file, start, header.Length));
        return new RpmFile(signature, header, start, start + header.Length);
    }

    /// <summary>Lets the payload be read, then proves that what was read is what the header names; so content is true only once this returns.</summary>
    public void ReadPayload(Stream file, Action<Stream> read)
    {
        var format = Header.String(RpmTag.PayloadFormat) ?? "cpio";
        if (format != "cpio") throw new PackageFormatException($"its payload is of the form `{format}`, which is not known");
        if (Header.Strings(RpmTag.RequireName).Contains("rpmlib(PayloadAlignment)")) throw new PackageFormatException("its payload is aligned to blocks, which is not known");
        var length = file.Length - PayloadStart;
        if (Header.Number(RpmTag.PayloadSize) is { } stated && stated != (ulong)length)
            throw new PackageFormatException($"its payload has {length} bytes, its header says {stated}");
        using var raw = new RpmDigests.CheckedPayload(new FileSection(file, PayloadStart, length), Header);
        using (var plain = Compressor.DecompressDetected(raw)) read(plain);
        raw.Finish();
    }
}
