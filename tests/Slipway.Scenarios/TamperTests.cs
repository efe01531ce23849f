using System.Security.Cryptography;
using Slipway.Harbor;

namespace Slipway.Scenarios;

/// <summary>A device refuses what is not exactly what was signed, says which file, and leaves its root as it was.</summary>
public sealed class TamperTests(HarborFixture harbor)
{
    [Theory]
    [InlineData("20/Manifest.MoM.tar")]
    [InlineData("20/Manifest.harbor.tar")]
    public async Task A_changed_byte_in_a_manifest_is_refused(string file)
    {
        var (www, root) = await PrepareAsync();
        // A device takes the difference to the manifest it knows where there is one.
        foreach (var difference in Directory.EnumerateFiles(Path.Combine(www, "20"), "Manifest-*-delta-from-*")) File.Delete(difference);
        Flip(Path.Combine(www, file));

        await RefusedAsync(www, root, Path.GetFileNameWithoutExtension(file), "--to", "20");
    }

    [Fact]
    public async Task A_changed_byte_in_a_pack_is_refused()
    {
        var (www, root) = await PrepareAsync();
        var pack = Path.Combine(www, "20", "pack-harbor-from-10.tar");
        Flip(pack);

        await RefusedAsync(www, root, Path.GetFileName(pack), "--to", "20");
    }

    [Fact]
    public async Task A_device_that_tolerates_damage_takes_fullfiles_for_the_pack()
    {
        var (www, root) = await PrepareAsync();
        Flip(Path.Combine(www, "20", "pack-harbor-from-10.tar"));

        await DeviceAsync(["update", "--to", "20", "--tolerate-damage"], www, root);
        await DeviceAsync(["verify"], www, root);
    }

    [Fact]
    public async Task A_changed_byte_in_the_fullfiles_is_refused_where_no_pack_helps()
    {
        var (www, root) = await PrepareAsync();
        foreach (var pack in Directory.EnumerateFiles(Path.Combine(www, "20"), "pack-*-from-10.tar")) File.Delete(pack);
        foreach (var fullfile in Directory.EnumerateFiles(Path.Combine(www, "20", "files"))) Flip(fullfile);

        await RefusedAsync(www, root, "/20/files/", "--to", "20");
    }

    [Fact]
    public async Task A_channel_whose_signature_is_missing_is_refused()
    {
        var (www, root) = await PrepareAsync();
        File.Delete(Path.Combine(www, "channels/stable/channel.json.sig"));

        await RefusedAsync(www, root, "channel.json");
    }

    [Fact]
    public async Task A_version_pointer_whose_signature_is_missing_is_refused()
    {
        var (www, root) = await PrepareAsync();
        // Where there is no channel document, a device reads what a swupd client reads.
        foreach (var file in new[] { "channel.json", "channel.json.sig", "version/format30/latest.sig" }) File.Delete(Path.Combine(www, "channels/stable", file));

        await RefusedAsync(www, root, "format30/latest");
    }

    [Fact]
    public async Task A_signature_by_another_key_is_refused()
    {
        var (www, root) = await PrepareAsync();
        var key = Path.Combine(harbor.Scratch, "other.pem");
        await Programs.RunAsync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", key + ".crt", "-days", "2", "-subj", "/O=Other"], HarborFixture.Cancellation);
        foreach (var signed in new[] { "channels/stable/version/format30/latest", "channels/stable/channel.json" })
        {
            File.Delete(Path.Combine(www, signed + ".sig"));
            await Programs.RunAsync("openssl", ["smime", "-sign", "-binary", "-in", Path.Combine(www, signed), "-signer", key + ".crt", "-inkey", key, "-outform", "DER", "-out", Path.Combine(www, signed + ".sig")], HarborFixture.Cancellation);
        }

        await RefusedAsync(www, root, "signature");
    }

    private async Task RefusedAsync(string www, string root, string named, params string[] more)
    {
        var before = await TreeAsync(root);

        var (exitCode, _, errors) = await Programs.TryAsync(harbor.Service.Slipway, Arguments(["update", .. more], www, root), HarborFixture.Cancellation);

        Assert.NotEqual(0, exitCode);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Contains(named, errors, StringComparison.Ordinal);
        Assert.Equal(before, await TreeAsync(root));
    }

    /// <summary>A copy of the published content, and a root at version 10.</summary>
    private async Task<(string Www, string Root)> PrepareAsync()
    {
        var name = Guid.NewGuid().ToString("N")[..8];
        var (www, root) = (Path.Combine(harbor.Scratch, "www-" + name), Path.Combine(harbor.Scratch, "root-" + name));
        await Programs.RunAsync("cp", ["-al", harbor.Www, www], HarborFixture.Cancellation);
        // `channels/stable` is a link into the stream's directory: here it has to be this copy's own.
        await OwnAsync(www, "channels/stable");
        await DeviceAsync(["install", "--version", "10", "--bundles", "harbor"], www, root);
        return (www, root);
    }

    private static async Task OwnAsync(string www, string path)
    {
        var link = Path.Combine(www, path);
        var target = new FileInfo(link).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? link;
        await Programs.RunAsync("cp", ["-a", target, link + ".own"], HarborFixture.Cancellation);
        await Programs.RunAsync("rm", ["-rf", link], HarborFixture.Cancellation);
        Directory.Move(link + ".own", link);
    }

    private Task<string> DeviceAsync(string[] verb, string www, string root) =>
        Programs.RunAsync(harbor.Service.Slipway, Arguments(verb, www, root), HarborFixture.Cancellation);

    private string[] Arguments(string[] verb, string www, string root) =>
        ["device", .. verb, "--path", root, "--url", "file://" + www, "--channel", "stable", "--certificate", harbor.Certificate];

    /// <summary>Puts a file with one changed byte in the place of the original, which other links still show.</summary>
    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var before = SHA256.HashData(bytes);
        bytes[bytes.Length / 2] ^= 0x55;
        Assert.NotEqual(before, SHA256.HashData(bytes));
        File.WriteAllBytes(file + ".changed", bytes);
        File.Move(file + ".changed", file, overwrite: true);
    }

    /// <summary>Digest of every path of the root but /var, where the client keeps its own state: type, mode, owner, content.</summary>
    private static async Task<string> TreeAsync(string root)
    {
        var tar = root + ".tar";
        await Programs.RunAsync("tar", ["--create", "--file", tar, "--sort=name", "--mtime=@0", "--exclude=./var", "--directory", root, "."], HarborFixture.Cancellation);
        var digest = (await Programs.RunAsync("sha256sum", [tar], HarborFixture.Cancellation)).Split(' ')[0];
        File.Delete(tar);
        return digest;
    }
}
