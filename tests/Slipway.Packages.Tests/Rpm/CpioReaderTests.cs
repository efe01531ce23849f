using System.Text;
using Slipway.Packages.Rpm;

namespace Slipway.Packages.Tests.Rpm;

public sealed class CpioReaderTests
{
    [Fact]
    public void The_short_form_takes_sizes_from_the_list_and_pads_to_four()
    {
        var archive = new MemoryStream();
        Write("07070X00000001", "\0\0", "hello", "\0\0\0");
        Write("07070X00000000", "\0\0");
        Write("070701" + new string('0', 88) + "0000000B" + "00000000", "TRAILER!!!\0", "\0\0\0");
        archive.Position = 0;
        var reader = new CpioReader(archive, index => index == 1 ? 5 : 0);
        Assert.Equal((1, 5L), Next(out var text));
        Assert.Equal("hello", text);
        Assert.Equal((0, 0L), Next(out text));
        Assert.Equal("", text);
        Assert.Null(reader.Next());

        void Write(params string[] parts) => archive.Write(Encoding.Latin1.GetBytes(string.Concat(parts)));

        (int, long) Next(out string text)
        {
            var member = reader.Next()!;
            using var content = new StreamReader(reader.Content);
            text = content.ReadToEnd();
            return (member.Index, member.Size);
        }
    }

    [Theory]
    [InlineData("garbage-garbage")]
    [InlineData("07070X0000000")]
    [InlineData("07070XZZZZZZZZ\0\0")]
    [InlineData("070701")]
    public void What_is_no_member_is_refused(string text)
    {
        var reader = new CpioReader(new MemoryStream(Encoding.Latin1.GetBytes(text)), _ => 0);
        Assert.Throws<PackageFormatException>(() => reader.Next());
    }
}
