using System.Globalization;

namespace Slipway.Updates.Tests.Hashing;

public class SwupdHashTests
{
    [Theory]
    [Trait("case", "1-8")]
    [InlineData("D", 493, 0, 0, "", "6c27df6efcd6fc401ff1bc67c970b83eef115f6473db4fb9d57e5de317eba96e")]
    [InlineData("D", 1023, 0, 0, "", "d93a5e9129361e28b9e244fe422234e3a1794b001a082aeb78e16fd881673a2b")]
    [InlineData("F", 420, 1000, 1000, "", "b85f1dc2c2317a20f47a36d3257313b131124ffa6d4f19bb060d43014fd386b0")]
    [InlineData("F", 420, 1000, 201, "hello\n", "53b40563c1162a14d9ce0233a6b346cd0a4cbce54c40affbdf0fc286fd3bfe7b")]
    [InlineData("F", 420, 0, 0, "hello\n", "f716c6cb18be9041e1748d52be544645cfc98d2c99dd7e72bdd6f702aa1ee744")]
    [InlineData("F", 2541, 0, 0, "hello\n", "d7c876b236c0b34a5302e904b7a72bee53ae971823ca1abbc571e3dd23c3a179")]
    [InlineData("F", 420, 0, 0, "", "28cb7c6cad23920f344157f48ae353caca34e9a2f5cff934a4fdaaf7509f2062")]
    [InlineData("L", 511, 0, 0, "usr/bin", "7392ad572c8a806372e327a1908e69266f319da796284e9758ddadd888bbf1d4")]
    public void Hash_of_each_node_type_is_that_of_the_format(string type, uint mode, uint uid, uint gid, string content, string expected) =>
        Assert.Equal(expected, Hash(type, mode, uid, gid, System.Text.Encoding.UTF8.GetBytes(content)).ToString());

    [Fact]
    public void Hash_vectors_of_the_original_engine_are_reproduced()
    {
        var lines = File.ReadAllLines(Path.Combine(TestData.Vectors, "hash-nodes", "hash-vectors.tsv"));
        Assert.True(lines.Length > 50);
        foreach (var line in lines.Skip(1))
        {
            var f = line.Split('\t');
            var type = f[0] switch { "file" => "F", "dir" => "D", _ => "L" };
            var mode = Convert.ToUInt32(f[1], 8);
            var hash = Hash(type, mode, Number(f[2]), Number(f[3]), Content(f[5]));
            Assert.True(f[6] == hash.ToString(), line);
        }
    }

    [Fact]
    public void Content_that_grew_while_being_read_is_refused() =>
        Assert.Throws<IOException>(() => SwupdHash.OfFile(420, 0, 0, 3, new MemoryStream([1, 2, 3, 4])));

    [Fact]
    public void Text_form_is_read_back_and_upper_case_is_refused()
    {
        var hash = SwupdHash.OfDirectory(493, 0, 0);
        Assert.Equal(hash, SwupdHash.Parse(hash.ToString()));
        Assert.False(SwupdHash.TryParse(hash.ToString().ToUpperInvariant(), out _));
        Assert.False(SwupdHash.TryParse(hash.ToString()[1..], out _));
        Assert.True(SwupdHash.Parse(new string('0', 64)).IsZero);
    }

    private static SwupdHash Hash(string type, uint mode, uint uid, uint gid, byte[] content) => type switch
    {
        "F" => SwupdHash.OfFile(mode, uid, gid, content),
        "D" => SwupdHash.OfDirectory(mode, uid, gid),
        _ => SwupdHash.OfLink(uid, gid, content),
    };

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    private static byte[] Content(string text)
    {
        if (text.StartsWith("hex:", StringComparison.Ordinal)) return Convert.FromHexString(text[4..]);
        if (text.StartsWith("count:", StringComparison.Ordinal))
            return [.. Enumerable.Range(0, int.Parse(text[6..], CultureInfo.InvariantCulture)).Select(i => (byte)i)];
        var parts = text["repeat:".Length..].Split('*');
        var value = parts[0].StartsWith("0x", StringComparison.Ordinal) ? Convert.ToByte(parts[0], 16) : Convert.FromHexString(parts[0])[0];
        return [.. Enumerable.Repeat(value, int.Parse(parts[1], CultureInfo.InvariantCulture))];
    }
}
