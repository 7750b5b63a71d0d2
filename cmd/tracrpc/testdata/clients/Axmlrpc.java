// Java's aXMLRPC, which Android apps and desktop tools use. Run as a source file: java -cp axmlrpc.jar Axmlrpc.java URL
import de.timroes.axmlrpc.XMLRPCClient;
import de.timroes.axmlrpc.XMLRPCException;
import de.timroes.axmlrpc.XMLRPCServerException;
import java.net.URL;
import java.util.Arrays;
import java.util.Date;
import java.util.Map;

public class Axmlrpc {
    static int checks;
    static String base;
    static XMLRPCClient trac;

    static void check(String what, boolean good, Object seen) {
        if (!good) {
            System.err.println(what + ": got " + seen);
            System.exit(1);
        }
        checks++;
    }

    static void equal(String what, Object got, Object want) {
        check(what + ": want " + want, want.equals(got), got);
    }

    static XMLRPCClient client(String user, String password) throws Exception {
        XMLRPCClient client = new XMLRPCClient(new URL(base + "/login/xmlrpc"));
        client.setLoginData(user, password);
        return client;
    }

    static Object[] array(Object answer) {
        return (Object[]) answer;
    }

    static Map<?, ?> struct(Object answer) {
        return (Map<?, ?>) answer;
    }

    static XMLRPCServerException fault(XMLRPCClient client, String method, Object... arguments) throws XMLRPCException {
        try {
            Object answer = client.call(method, arguments);
            check(method + ": want a fault", false, answer);
        } catch (XMLRPCServerException fault) {
            return fault;
        }
        return null;
    }

    static void read() throws Exception {
        Object[] version = array(trac.call("system.getAPIVersion"));
        check("API version", version.length == 3 && version[0].equals(1), Arrays.toString(version));
        equal("milestones", Arrays.asList(array(trac.call("ticket.milestone.getAll"))),
            Arrays.asList("milestone1", "milestone2", "milestone3", "milestone4"));
        Map<?, ?> milestone = struct(trac.call("ticket.milestone.get", "milestone1"));
        equal("unset date", milestone.get("due"), 0);
        equal("missing page", trac.call("wiki.getPageInfo", "NoSuchPage"), 0);
    }

    static Object write() throws Exception {
        String text = "Gr\u00fc\u00dfe, \u65e5\u672c <b>&</b>\nsecond line";
        Object id = trac.call("ticket.create", "Java \u2013 \u00fcn\u00ef", text, Map.of("type", "task"));
        check("create", id instanceof Integer, id);
        Object[] ticket = array(trac.call("ticket.get", id));
        equal("id", ticket[0], id);
        check("created", ticket[1] instanceof Date && ticket[1].equals(ticket[2]), Arrays.toString(ticket));
        equal("description", struct(ticket[3]).get("description"), text);
        Object[] after = array(trac.call("ticket.update", id, "done", Map.of("action", "resolve",
            "action_resolve_resolve_resolution", "fixed", "_ts", struct(ticket[3]).get("_ts"))));
        equal("closed", struct(after[3]).get("status") + " " + struct(after[3]).get("resolution"), "closed fixed");
        equal("query", Arrays.asList(array(trac.call("ticket.query", "id=" + id + "&max=0"))), Arrays.asList(id));
        equal("putPage", trac.call("wiki.putPage", "JavaPage", "java text", Map.of("comment", "c")), true);
        equal("getPage", trac.call("wiki.getPage", "JavaPage"), "java text");
        return id;
    }

    static void attach(Object id) throws Exception {
        byte[] data = new byte[256 * 300];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) i;
        }
        equal("putAttachment", trac.call("ticket.putAttachment", id, "j.bin", "d", data, true), "j.bin");
        check("getAttachment", Arrays.equals(data, (byte[]) trac.call("ticket.getAttachment", id, "j.bin")), "other bytes");
        Object[] row = array(array(trac.call("ticket.listAttachments", id))[0]);
        equal("size", row[2], data.length);
    }

    static void multicall(Object id) throws Exception {
        Object[] answers = array(trac.call("system.multicall", (Object) new Object[] {
            Map.of("methodName", "ticket.get", "params", new Object[] {id}),
            Map.of("methodName", "ticket.get", "params", new Object[] {999999}),
            Map.of("methodName", "wiki.getPage", "params", new Object[] {"JavaPage"}),
        }));
        equal("multicall 0", array(array(answers[0])[0])[0], id);
        equal("multicall 1", struct(answers[1]).get("faultCode"), 404);
        equal("multicall 1", struct(answers[1]).get("faultString"), "Ticket 999999 does not exist.");
        equal("multicall 2", array(answers[2])[0], "java text");
    }

    static void refusals(Object id) throws Exception {
        XMLRPCServerException missing = fault(trac, "ticket.get", 999999);
        equal("missing", missing.getErrorNr(), 404);
        check("missing", missing.getMessage().contains("Ticket 999999 does not exist."), missing.getMessage());
        equal("no such method", fault(trac, "no.such").getErrorNr(), -32601);
        equal("permission", fault(client("user", "user"), "ticket.delete", id).getErrorNr(), 403);
        try {
            client("admin", "wrong").call("system.getAPIVersion");
            check("bad password", false, "let in");
        } catch (XMLRPCException refused) {
            checks++;
        }
        equal("after a refusal", array(trac.call("ticket.get", id))[0], id);
    }

    public static void main(String[] arguments) throws Exception {
        base = arguments[0];
        trac = client("admin", "admin");
        read();
        Object id = write();
        attach(id);
        multicall(id);
        refusals(id);
        System.out.println("ok " + checks);
        System.exit(0);
    }
}
