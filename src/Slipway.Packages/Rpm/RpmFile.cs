using Slipway.Content;

namespace Slipway.Packages.Rpm;

/// <summary>The outer form of an rpm file: lead, signature header padded to eight bytes, header, payload to the end.</summary>
internal sealed record RpmFile(RpmHeader Signature, RpmHeader Header, long HeaderStart, long PayloadStart)
{
    private const int LeadLength = 96;

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
        return new RpmFile(signature, header, start, start + header.Length);
    }

    public Stream OpenPayload(Stream file)
    {
        var format = Header.String(RpmTag.PayloadFormat) ?? "cpio";
        if (format != "cpio") throw new PackageFormatException($"its payload is of the form `{format}`, which is not known");
        return Compressor.DecompressDetected(new FileSection(file, PayloadStart, file.Length - PayloadStart));
    }
}
