using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Tests;

public sealed class ChannelPointerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private static readonly ChannelPointer Pointer = new(
        "harbor", "stable", 7, 20, 30, Digest.Of("mom"u8),
        new RollOut(25, "20-a", ["lab"], new RollOutWindow(new TimeOnly(22, 0), new TimeOnly(4, 0))), Noon.AddDays(7));

    [Fact]
    public void A_pointer_reads_back_as_written_and_writes_the_same_bytes()
    {
        var bytes = Pointer.ToBytes();
        var read = ChannelPointer.Parse(bytes, "channel.json");
        Assert.Equal(bytes, read.ToBytes());
        Assert.Equal(Pointer with { RollOut = read.RollOut }, read);
        Assert.Equal(Pointer.RollOut.Cohorts, read.RollOut.Cohorts);
        Assert.Equal(Pointer.RollOut.Window, read.RollOut.Window);
        Assert.Equal((byte)'\n', bytes[^1]);
    }

    [Theory]
    [InlineData("\"sequence\": 7", "\"sequence\": 0", "sequence")]
    [InlineData("\"sequence\": 7", "\"sequence\": 7, \"sequence\": 8", "sequence")]
    [InlineData("\"sequence\": 7", "\"sequence\": 7.5", "sequence")]
    [InlineData("\"version\": 20", "\"version\": 4294967296", "version")]
    [InlineData("\"version\": 20", "\"version\": \"20\"", "version")]
    [InlineData("\"stream\": \"harbor\"", "\"stream\": \"../harbor\"", "stream")]
    [InlineData("\"stream\": \"harbor\"", "\"stream\": \"harbor\", \"extra\": 1", "extra")]
    [InlineData("\"percent\": 25", "\"percent\": 101", "rollOut.percent")]
    [InlineData("\"percent\": 25", "\"percent\": 25, \"share\": 3", "rollOut.share")]
    [InlineData("\"from\": \"22:00\"", "\"from\": \"24:00\"", "rollOut.window.from")]
    [InlineData("T12:00:00Z", "T12:00:00", "expires")]
    [InlineData("\"lab\"", "[]", "cohorts")]
    [InlineData("\"channel\": \"stable\",", "", "channel")]
    public void A_pointer_with_a_wrong_key_is_refused_and_the_key_named(string old, string wrong, string named)
    {
        var text = Encoding.UTF8.GetString(Pointer.ToBytes());
        Assert.Contains(old, text);
        var error = Assert.Throws<SlipwayException>(() => ChannelPointer.Parse(Encoding.UTF8.GetBytes(text.Replace(old, wrong)), "channel.json"));
        Assert.Contains(named, error.Message);
    }

    [Fact]
    public void A_pointer_over_the_limit_is_not_even_parsed() =>
        Assert.Throws<SlipwayException>(() => ChannelPointer.Parse(new byte[ChannelPointer.MaxBytes + 1], "channel.json"));

    [Fact]
    public void Only_a_trusted_signature_makes_a_pointer()
    {
        var signer = SigningCertificate.Create("Harbor", Noon, keyBits: 2048);
        var (content, signature) = Pointer.ToSigned(bytes => signer.Sign(bytes.Span, Noon));
        Assert.Equal(20u, ChannelPointer.ReadSigned(content, signature, TrustRoots.Of(signer.Signer), "channel.json").Version);
        content[^3] ^= 1;
        Assert.Throws<SlipwayException>(() => ChannelPointer.ReadSigned(content, signature, TrustRoots.Of(signer.Signer), "channel.json"));
    }

    [Fact]
    public void A_growing_share_never_drops_a_device_and_comes_near_its_percentage()
    {
        var devices = Enumerable.Range(0, 4000).Select(i => $"device-{i}").ToList();
        HashSet<string> before = [];
        foreach (var percent in new[] { 0, 1, 10, 50, 100 })
        {
            var now = devices.Where(device => Decide(percent, device) == RollOutDecision.Take).ToHashSet();
            Assert.Superset(before, now);
            Assert.InRange(now.Count, devices.Count * percent / 100.0 - 120, devices.Count * percent / 100.0 + 120);
            before = now;
        }
        Assert.Equal(devices.Count, before.Count);
    }

    [Fact]
    public void A_cohort_takes_a_release_whatever_the_share()
    {
        var rollOut = new RollOut(0, "s", ["lab"], null);
        Assert.Equal(RollOutDecision.NotYet, rollOut.Decide("d", ["office"], Noon));
        Assert.Equal(RollOutDecision.Take, rollOut.Decide("d", ["office", "lab"], Noon));
    }

    [Theory]
    [InlineData(22, 0, RollOutDecision.Take)]
    [InlineData(3, 59, RollOutDecision.Take)]
    [InlineData(4, 0, RollOutDecision.OutsideWindow)]
    [InlineData(21, 59, RollOutDecision.OutsideWindow)]
    public void A_window_over_midnight_holds_its_first_minute_and_not_its_last(int hour, int minute, RollOutDecision expected)
    {
        var rollOut = Pointer.RollOut with { Percent = 100 };
        Assert.Equal(expected, rollOut.Decide("d", [], new DateTimeOffset(2026, 1, 1, hour, minute, 0, TimeSpan.Zero)));
    }

    private static RollOutDecision Decide(int percent, string device) => new RollOut(percent, "seed", [], null).Decide(device, [], Noon);
}
