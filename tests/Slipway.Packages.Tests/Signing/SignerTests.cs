using System.Net.Sockets;
using System.Text;
using Slipway.Content;
using Slipway.Packages.Signing;
using Slipway.Packages.Tests.Repositories;

namespace Slipway.Packages.Tests.Signing;

public sealed class SignerTests(RunningSigner signer) : IDisposable
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(2_000_000_000);
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Only_allowed_subjects_are_signed_for()
    {
        var refused = Assert.Throws<SlipwayException>(() => signer.Client.ClearSign("repository nobody/allowed", "x"u8.ToArray(), Time));
        Assert.Contains("allow-list", refused.Message, StringComparison.Ordinal);
        Assert.Throws<SlipwayException>(() => signer.Client.Allow("repository ../../etc"));
        signer.Client.Allow(SigningSubject.Stream("only-cms"));
        Assert.Throws<SlipwayException>(() => signer.Client.ClearSign("stream only-cms", "x"u8.ToArray(), Time));
    }

    [Fact]
    public void Signatures_verify_with_the_public_key_and_a_changed_text_does_not()
    {
        signer.Client.Allow("repository signing/test");
        var key = KeyRing();
        var text = Encoding.UTF8.GetBytes("Origin: test\nDate: now\n");
        File.WriteAllBytes(_temp["text"], text);
        File.WriteAllBytes(_temp["text.sig"], signer.Client.DetachSign("repository signing/test", text, armor: false, Time));
        File.WriteAllBytes(_temp["text.asc"], signer.Client.DetachSign("repository signing/test", text, armor: true, Time));
        File.WriteAllBytes(_temp["clear"], signer.Client.ClearSign("repository signing/test", text, Time));
        Tool.Run("gpgv", "--keyring", key, _temp["text.sig"], _temp["text"]);
        Tool.Run("gpgv", "--keyring", key, _temp["text.asc"], _temp["text"]);
        Tool.Run("gpgv", "--keyring", key, _temp["clear"]);
        Tool.Flip(_temp["text"], 3);
        Assert.False(Tool.Try("gpgv", "--keyring", key, _temp["text.sig"], _temp["text"]).Succeeded);
    }

    [Fact]
    public void The_same_content_and_time_give_the_same_signature()
    {
        signer.Client.Allow("repository signing/same");
        signer.Client.Allow("stream same");
        byte[] Detached() => signer.Client.DetachSign("repository signing/same", "content"u8.ToArray(), armor: false, Time);
        byte[] Cms() => signer.Client.SignCms("stream same", "content"u8.ToArray(), Time);
        Assert.Equal(Detached(), Detached());
        Assert.Equal(Cms(), Cms());
    }

    [Fact]
    public void A_stream_signature_is_what_openssl_smime_verifies()
    {
        signer.Client.Allow(SigningSubject.Stream("harbor"));
        var content = Encoding.UTF8.GetBytes("MANIFEST\t30\n");
        File.WriteAllBytes(_temp["content"], content);
        File.WriteAllBytes(_temp["content.sig"], signer.Client.SignCms("stream harbor", content, TimeProvider.System.GetUtcNow()));
        File.WriteAllBytes(_temp["root.pem"], signer.Client.CertificatePem("harbor"));
        string[] verify = ["smime", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", _temp["content.sig"], "-content", _temp["content"], "-CAfile", _temp["root.pem"]];
        Tool.Run("openssl", verify);
        Assert.Equal(signer.Client.CertificatePem("harbor"), File.ReadAllBytes(_temp["root.pem"]));
        Tool.Flip(_temp["content"], 0);
        Assert.False(Tool.Try("openssl", verify).Succeeded);
    }

    [Fact]
    public void A_signed_rpm_is_accepted_by_rpm_and_a_changed_one_is_not()
    {
        signer.Client.Allow("repository signing/rpm");
        var package = RealPackages.Rpm(_temp, "signed", "1.0");
        using (var signed = File.Create(_temp["signed.rpm"])) signer.Client.SignRpm("repository signing/rpm", package, signed, Time);
        // Signing again replaces the signature: the same bytes come out.
        using (var again = File.Create(_temp["again.rpm"])) signer.Client.SignRpm("repository signing/rpm", _temp["signed.rpm"], again, Time);
        Assert.Equal(File.ReadAllBytes(_temp["signed.rpm"]), File.ReadAllBytes(_temp["again.rpm"]));
        File.WriteAllText(_temp["key.asc"], signer.Client.PublicKeyArmored());
        var database = _temp.Make("rpmdb");
        Assert.False(Tool.Try("rpmkeys", "--dbpath", database, "-K", _temp["signed.rpm"]).Succeeded);
        Tool.Run("rpmkeys", "--dbpath", database, "--import", _temp["key.asc"]);
        Assert.Contains("digests signatures OK", Tool.Run("rpmkeys", "--dbpath", database, "-K", _temp["signed.rpm"]), StringComparison.Ordinal);
        Tool.Flip(_temp["signed.rpm"], -10);
        Assert.False(Tool.Try("rpmkeys", "--dbpath", database, "-K", _temp["signed.rpm"]).Succeeded);
    }

    [Fact]
    public void Keys_and_socket_are_closed_to_others_and_every_signature_is_written_down()
    {
        signer.Client.Allow("repository signing/audit");
        var content = Encoding.UTF8.GetBytes("audited");
        signer.Client.DetachSign("repository signing/audit", content, armor: true, Time);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(signer.Data.Keys));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(signer.Data.SignerSocket));
        var rows = File.ReadAllLines(Path.Combine(signer.Data.Keys, "audit.jsonl"));
        Assert.Single(rows, row => row.Contains("signing/audit", StringComparison.Ordinal) && row.Contains(Digest.Of(content).ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_signer_the_error_says_that_it_cannot_be_reached()
    {
        var error = Assert.Throws<SlipwayException>(() => new SignerClient(_temp["no.sock"]) { Patience = TimeSpan.Zero }.PublicKeyArmored());
        Assert.Equal(FailureKind.Unreachable, error.Kind);
        Assert.Contains("slipway signer", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7fffffff")]
    [InlineData("ffffffff")]
    [InlineData("0000000278787878")]
    public void A_malformed_request_is_answered_with_an_error_and_the_signer_goes_on(string hex)
    {
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Connect(new UnixDomainSocketEndPoint(signer.Socket));
            socket.Send(Convert.FromHexString(hex));
            socket.Shutdown(SocketShutdown.Send);
            socket.ReceiveTimeout = 10_000;
            var answer = new byte[1000];
            Assert.Contains("Error", Encoding.UTF8.GetString(answer, 0, socket.Receive(answer)), StringComparison.Ordinal);
        }
        Assert.StartsWith("-----BEGIN PGP PUBLIC KEY", signer.Client.PublicKeyArmored(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_signer_leaves_no_agent_and_comes_back_with_the_same_key()
    {
        var data = new State.DataDirectory(_temp["own"]);
        data.Create();
        var client = new SignerClient(data.SignerSocket) { Patience = TimeSpan.FromSeconds(60) };
        string key = "";
        // GnuPG's agent runs while the key is made, and then no more.
        foreach (var isMaking in new[] { true, false })
            using (var process = ChildRoles.Start("signer", data.Root))
            {
                if (isMaking) Assert.True(await AgentWasSeen());
                else
                {
                    key = client.PublicKeyArmored();
                    Assert.False(AgentRuns());
                }
                process.Signal(9);
                await process.Completion.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
                for (var waited = 0; AgentRuns() && waited < 150; waited++) await Task.Delay(100, TestContext.Current.CancellationToken);
                Assert.False(AgentRuns());
            }
        using (var process = ChildRoles.Start("signer", data.Root))
        {
            Assert.Equal(key, client.PublicKeyArmored());
            client.Allow("repository signing/again");
            Assert.NotEmpty(client.DetachSign("repository signing/again", "x"u8.ToArray(), armor: false, Time));
            process.Terminate();
            Assert.True((await process.Completion.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Succeeded);
        }
        Assert.False(AgentRuns());
        Assert.False(File.Exists(data.SignerSocket));

        // One look counts: the agent ends between two commands to GnuPG and starts again.
        async Task<bool> AgentWasSeen()
        {
            for (var looked = 0; looked < 3000; looked++, await Task.Delay(10, TestContext.Current.CancellationToken))
                if (AgentRuns()) return true;
            return false;
        }

        bool AgentRuns() => Tool.Try("pgrep", "-f", "gpg-agent --homedir " + data.Keys).Succeeded;
    }

    private string KeyRing()
    {
        File.WriteAllText(_temp["key.asc"], signer.Client.PublicKeyArmored());
        Tool.Run("gpg", "--homedir", _temp.Make("home"), "--batch", "--yes", "--output", _temp["key.gpg"], "--dearmor", _temp["key.asc"]);
        return _temp["key.gpg"];
    }
}
