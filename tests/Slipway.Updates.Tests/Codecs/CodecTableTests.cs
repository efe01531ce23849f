using Slipway.Content;

namespace Slipway.Updates.Tests.Codecs;

public sealed class CodecTableTests
{
    private const long Mebibyte = 1 << 20;

    // What a decoder holds besides the window: blocks in flight and its tables.
    private const long DecoderTables = Mebibyte;

    private static readonly long[] Sizes =
        [1, 4096, 4097, 300_000, 4 * Mebibyte, 8 * Mebibyte + 1, 15 * Mebibyte, 15 * Mebibyte + 1, 33 * Mebibyte, 512 * Mebibyte];

    [Theory]
    [InlineData(nameof(ContentProfile.Default), 16)]
    [InlineData(nameof(ContentProfile.Small), 80)]
    public void Nothing_takes_more_memory_to_decode_than_the_profile_says(string profile, int mebibytes)
    {
        var rules = new CodecRules(Enum.Parse<ContentProfile>(profile));
        foreach (var bytes in Sizes)
            foreach (var shape in Enum.GetValues<ContentShape>())
            {
                foreach (var kind in Enum.GetValues<ContentKind>())
                    foreach (var codec in CodecTable.Choose(rules, kind, shape, bytes)) Check(codec, bytes);
                foreach (var pack in (Compression[])[Compression.Xz, Compression.Zstd])
                    Check(CodecTable.ForZeroPack(rules, pack, shape, bytes), bytes);
            }

        void Check(Codec codec, long bytes) => Assert.InRange(WindowOf(codec, bytes) + DecoderTables, 0, mebibytes * Mebibyte);
    }

    [Fact]
    public void A_zstd_pack_names_its_own_size_as_window()
    {
        var codec = CodecTable.ForZeroPack(new CodecRules(ContentProfile.Default), Compression.Zstd, ContentShape.Other, 12 * Mebibyte);
        var target = new MemoryStream();
        using (var stream = codec.Open(target, 12 * Mebibyte)) stream.Write(new byte[12 * Mebibyte]);
        // RFC 8878, 3.1.1.1.1.2: a single segment has no window descriptor, its content size is the window.
        const int singleSegment = 1 << 5;
        Assert.NotEqual(0, target.ToArray()[4] & singleSegment);
    }

    [Fact]
    public void Packs_with_machine_code_are_xz_and_others_zstd()
    {
        var rules = new CodecRules(ContentProfile.Default);
        Assert.Equal(Compression.Xz, CodecTable.OfZeroPack(rules, 30, 100));
        Assert.Equal(Compression.Zstd, CodecTable.OfZeroPack(rules, 20, 100));
        Assert.Equal(Compression.Xz, CodecTable.OfZeroPack(new CodecRules(ContentProfile.Small), 0, 100));
    }

    [Fact]
    public void Content_is_told_by_its_first_bytes()
    {
        byte[] program = [0x7f, .. "ELF"u8, 2, 1, 1, 0, .. new byte[8], 3, 0, 62, 0];
        byte[] other = [0x7f, .. "ELF"u8, 2, 1, 1, 0, .. new byte[8], 3, 0, 183, 0];
        Assert.Equal(ContentShape.MachineCode, ContentShapes.Of(program));
        Assert.Equal(ContentShape.Other, ContentShapes.Of(other));
        Assert.Equal(ContentShape.Other, ContentShapes.Of(program.AsSpan(0, 19)));
        Assert.Equal(ContentShape.Packed, ContentShapes.Of([0x1f, 0x8b, 8, 0]));
        Assert.Equal(ContentShape.Text, ContentShapes.Of("#!/bin/sh\n\techo\r\n"u8));
    }

    // A frame whose size is announced and fits in the window has no larger window than that.
    private static long WindowOf(Codec codec, long bytes) => codec.Kind switch
    {
        Compression.Xz => codec.Options.XzDictionaryBytes!.Value,
        Compression.Zstd when codec.Options.ZstdWindowLog is { } log => Math.Min(1L << log, bytes),
        Compression.Zstd => Math.Min(4 * Mebibyte, bytes),
        _ => 32 << 10,
    };
}
