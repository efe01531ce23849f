using System.Buffers.Binary;
using Slipway.Content;
using Slipway.Packages.Signing;
using Slipway.Packages.Tests.Repositories;

namespace Slipway.Packages.Tests.Signing;

public sealed class RpmSignatureTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void A_damaged_rpm_ends_in_a_clear_error_or_keeps_its_damage_and_never_in_anything_else()
    {
        var sound = File.ReadAllBytes(RealPackages.Rpm(_temp, "hurt", "1.0"));
        var random = new Random(20261120);
        var refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            var bytes = sound.ToArray();
            for (var hits = random.Next(1, 4); hits > 0; hits--) bytes[random.Next(0, 1200)] = (byte)random.Next(256);
            if (round % 3 == 0) Array.Resize(ref bytes, random.Next(0, 2000));
            try
            {
                RpmSignature.Replace(new MemoryStream(bytes), "hurt.rpm", header => header[..4], new MemoryStream());
            }
            catch (SlipwayException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 3000);
    }

    [Fact]
    public void A_claimed_length_is_not_trusted_with_memory()
    {
        var bytes = new byte[96 + 16];
        ((ReadOnlySpan<byte>)[0xed, 0xab, 0xee, 0xdb]).CopyTo(bytes);
        ((ReadOnlySpan<byte>)[0x8e, 0xad, 0xe8, 0x01]).CopyTo(bytes.AsSpan(96));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(108), 200 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SlipwayException>(() => RpmSignature.Replace(new MemoryStream(bytes), "claims.rpm", header => header, new MemoryStream()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Under_the_rpm_kind_nothing_but_a_header_is_signed()
    {
        File.WriteAllText(_temp["text"], "Origin: a release file that wants to be signed as a header\n");
        Assert.Throws<SlipwayException>(() => RpmSignature.RequireHeader(_temp["text"]));
    }
}
